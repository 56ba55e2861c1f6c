"""Moving several visits as one: each may take the time that another gives up, and one refusal refuses all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from backbone.store.decision import Decision, Refusal
from services.booking.appointments.appointment import Appointment
from services.booking.asking import Asking
from services.booking.decisions import together
from services.booking.events.appointments import AppointmentEvent

__all__ = ["move_all"]

Moves = Sequence[tuple[Appointment, Decision]]
"""What each was, and its own decision."""


def move_all(asking: Asking, moves: Moves) -> Decision:
    """One decision of all moves; its answer lists theirs in order.

    Seats of one group visit can't move at once: each decision sees only its own seat leave, so that none of
    them knows what becomes of the session.
    """
    touched = Counter(session for was, decision in moves for session in _sessions(was, decision))
    if any(count > 1 for count in touched.values()):
        return asking.refuse("invalid", "seats of one group visit are moved one at a time")
    decisions = [decision for _, decision in moves]
    return replace(
        together(decisions[0], *decisions[1:]),
        origin=asking.origin.at(decisions[0].origin.facility_id),
        refusal=next((_refusal(was, d.refusal) for was, d in moves if d.refusal is not None), None),
        answer={"appointments": [_answer(was, decision) for was, decision in moves]},
        key=asking.key,
    )


def _sessions(was: Appointment, decision: Decision) -> set[UUID]:
    """The group visits that move, or in which the move gives up a seat or takes one."""
    own = [e for e in decision.events if isinstance(e, AppointmentEvent) and _is_of(was, e)]
    whole = was.appointment_id if was.seats is not None else None
    touched = (whole, was.session_id, *(e.session_id for e in own))
    return {session for session in touched if session is not None}


def _is_of(was: Appointment, event: AppointmentEvent) -> bool:
    return event.appointment_id == was.appointment_id


def _refusal(was: Appointment, refusal: Refusal) -> Refusal:
    return replace(refusal, detail=f"{refusal.detail} (appointment {was.appointment_id})")


def _answer(was: Appointment, decision: Decision) -> dict[str, Any]:
    moved = any(event.originator_id == was.appointment_id for event in decision.events)
    return {**decision.answer, "version": was.version + moved}
