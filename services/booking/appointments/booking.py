"""Booking a visit, and moving it."""

from dataclasses import replace
from uuid import UUID

from backbone.store.decision import Decision
from services.booking.appointments.appointment import (
    Appointment,
    answer_of,
    before,
    happened,
    planned,
)
from services.booking.appointments.group_visit import Session
from services.booking.appointments.taking import everything_taken, give_up_seat, kept, may_override, take
from services.booking.appointments.visit import Visit
from services.booking.asking import Asking
from services.booking.commands.appointments import OverrideWanted
from services.booking.events.appointments import AppointmentBooked, AppointmentRescheduled
from services.booking.patients.patient import Patient
from services.booking.sealed import Sealed
from services.booking.setup.catalogue import Setup
from services.booking.values import Priority

__all__ = ["MADE_ANEW", "MOVED", "book", "reschedule"]

MOVED = ("facility_id", "starts_at", "ends_at", "local_start", "time_zone", "resources", "session_id")
"""What says where and when: a move changes it."""
MADE_ANEW = ("status", "override", "preparation", "patient_time_of")
"""What a move sets as a new booking does."""


def book(
    asking: Asking,
    appointment_id: UUID,
    visit: Visit,
    patient: Patient,
    setup: Setup,
    priority: Priority = "routine",
    reason: Sealed | None = None,
    override: OverrideWanted | None = None,
    session: Session | None = None,
) -> Decision:
    """Books at once. ``reason`` is sealed for version 1 of the new stream."""
    if not may_override(asking, override):
        return asking.refuse("forbidden", "this role may not set these rules aside")
    new = planned(
        appointment_id, visit, "booked", patient, session,
        override=kept(override), priority=priority, reason=reason,
    )  # fmt: skip
    return take(asking, happened(AppointmentBooked, asking, new), visit, patient, setup, session)


def reschedule(
    asking: Asking,
    was: Appointment,
    visit: Visit,
    patient: Patient,
    setup: Setup,
    reason_code: str | None = None,
    override: OverrideWanted | None = None,
    session: Session | None = None,
    old_session: Session | None = None,
) -> Decision:
    """Moves it whole or not at all; its own time is free for itself, and it stays the same appointment.

    A confirmed visit has to be confirmed again, and so has what was prepared.
    """
    if was.status not in ("booked", "confirmed") or was.seats is not None:
        return asking.refuse("wrong-status", f"the appointment is {was.status}")
    if not may_override(asking, override):
        return asking.refuse("forbidden", "this role may not set these rules aside")
    goal = planned(was.appointment_id, visit, "booked", patient, session, override=kept(override))
    if all(getattr(goal, name) == getattr(was, name) for name in MOVED):
        return asking.unchanged(was.appointment_id, was.version, answer_of(was))
    changes = {name: getattr(goal, name) for name in (*MOVED, *MADE_ANEW)}
    then = before(was, "status", "starts_at", "ends_at", "facility_id", "resource_ids")
    event = happened(AppointmentRescheduled, asking, was, changes, before=then, reason_code=reason_code)
    decision = take(asking, event, visit, patient, setup, session)
    decision = replace(decision, releases=everything_taken(was))
    if old_session and session and old_session.session_id == session.session_id:
        return decision
    return give_up_seat(decision, asking, was, old_session, setup)
