"""Moving a group visit: its session and every seat in it, or none of them."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from backbone.store.decision import Decision
from services.booking.appointments.appointment import Appointment, answer_of, before, happened, planned
from services.booking.appointments.booking import MADE_ANEW, MOVED
from services.booking.appointments.group_visit import Session, seat_claim, seats_guard
from services.booking.appointments.rules import objections, resource_claims, resource_releases, visit_claims
from services.booking.appointments.taking import everything_taken, kept, may_override
from services.booking.appointments.visit import Visit
from services.booking.asking import Asking
from services.booking.commands.appointments import OverrideWanted
from services.booking.decisions import together
from services.booking.events.appointments import AppointmentRescheduled
from services.booking.patients.patient import Patient
from services.booking.setup.catalogue import Setup
from services.booking.values import Override

__all__ = ["move_session"]

_THEN = ("starts_at", "ends_at", "facility_id", "resource_ids")


def move_session(
    asking: Asking,
    session: Session,
    visit: Visit,
    patients: Mapping[UUID, Patient],
    setup: Setup,
    reason_code: str | None = None,
    override: OverrideWanted | None = None,
) -> Decision:
    """Each patient's own time is checked, and every conflict told; session and seats stay the same ones.

    ``patients``: of the seats. While a seat is only held it can't be told whether its patient can come.
    """
    was = session.appointment
    if was is None or was.status != "booked":
        return asking.refuse("wrong-status", "the session does not take place, or is only held")
    if any(seat.patient_id not in patients or seat.status == "held" for seat in session.seats):
        return asking.refuse("wrong-status", "A seat is only held: the session moves when all are booked.")
    if not may_override(asking, override):
        return asking.refuse("forbidden", "this role may not set these rules aside")
    goal = planned(was.appointment_id, visit, "booked", None, override=kept(override))
    if all(getattr(goal, name) == getattr(was, name) for name in MOVED):
        return asking.unchanged(was.appointment_id, was.version, answer_of(was))
    overridden = frozenset(override.of) if override else frozenset()
    changes = {name: getattr(goal, name) for name in (*MOVED, "override")}
    event = happened(
        AppointmentRescheduled, asking, was, changes, before=before(was, *_THEN), reason_code=reason_code
    )
    decision = asking.record(
        event,
        answer=answer_of(event),
        reads=visit.reads,
        facility_id=event.facility_id,
        claims=resource_claims(event, setup.resources, overridden),
        releases=resource_releases(was),
        conflicts=objections(visit, asking.now, overridden),
    )
    seats = [
        _seat(asking, session, seat, patients[seat.patient_id], visit, kept(override), reason_code)
        for seat in session.seats
        if seat.patient_id is not None
    ]
    return replace(together(decision, *seats), occupied=(seats_guard(session, was),))


def _seat(
    asking: Asking,
    session: Session,
    was: Appointment,
    patient: Patient,
    visit: Visit,
    override: Override | None,
    reason_code: str | None,
) -> Decision:
    if was.override is not None and "taken" in was.override.of:
        override = was.override  # a seat beyond the others stays one
    goal = planned(was.appointment_id, visit, "booked", patient, session, override=override)
    changes = {name: getattr(goal, name) for name in (*MOVED, *MADE_ANEW)}
    then = before(was, "status", *_THEN)
    event = happened(AppointmentRescheduled, asking, was, changes, before=then, reason_code=reason_code)
    overridden = frozenset(override.of) if override else frozenset()
    seats = session.appointment.seats if session.appointment else None
    return asking.record(
        event,
        reads={patient.patient_id: patient.version},
        claims=(
            seat_claim(event, session.session_id, seats or 1, overridden),
            *visit_claims(event, visit.visit_type.daily_limit, overridden),
        ),
        releases=everything_taken(was),
    )
