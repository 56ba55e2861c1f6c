"""A hold: the time is kept for a while, then booked, given back, or lost."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from backbone.store.decision import Decision
from services.booking.appointments.appointment import (
    Appointment,
    answer_of,
    before,
    happened,
    planned,
    recorded,
)
from services.booking.appointments.group_visit import Session
from services.booking.appointments.holders import hold_count, hold_count_release
from services.booking.appointments.taking import everything_taken, give_up_seat, take, take_for_good
from services.booking.appointments.validity import as_booked, has_what_it_needs
from services.booking.appointments.visit import Visit
from services.booking.asking import Asking
from services.booking.events.appointments import AppointmentBooked, HoldExpired, HoldReleased, SlotHeld
from services.booking.patients.patient import Patient
from services.booking.sealed import Sealed
from services.booking.setup.catalogue import Setup
from services.booking.values import Priority

__all__ = ["book_hold", "hold", "hold_expired", "release_hold"]


def hold(
    asking: Asking,
    appointment_id: UUID,
    visit: Visit,
    patient: Patient | None,
    lasts: timedelta,
    setup: Setup,
    most: int,
    session: Session | None = None,
) -> Decision:
    """Keeps the time as a booking would, until it expires. ``most``: how many holds the asker may have."""
    until, holder = asking.now + lasts, asking.origin.auth_id
    new = planned(appointment_id, visit, "held", patient, session, expires_at=until, held_by=holder)
    event = happened(SlotHeld, asking, new)
    decision = take(asking, event, visit, patient, setup, session)
    return replace(decision, claims=(*decision.claims, *hold_count(event, most)))


def book_hold(
    asking: Asking,
    held: Appointment,
    patient: Patient,
    setup: Setup,
    priority: Priority = "routine",
    reason: Sealed | None = None,
    session: Session | None = None,
) -> Decision:
    """Makes a hold a booking. What has come since, an absence, other hours or needs, is told now."""
    if held.status == "cancelled" or (held.status == "held" and not held.held_at(asking.now)):
        return asking.refuse("hold-expired", "the hold has run out")
    if held.status != "held" or held.seats is not None:
        return asking.refuse("wrong-status", f"the appointment is {held.status}, not held")
    if held.patient_id is not None and held.patient_id not in patient.time_of:
        return asking.refuse("invalid", "it is held for another patient")
    visit = as_booked(held, setup)
    if visit is None or not has_what_it_needs(held, setup):
        return asking.refuse("invalid", "these resources do not answer what the visit needs any more")
    changes = {
        "status": "booked",
        "expires_at": None,
        "held_by": None,
        "patient_id": patient.patient_id,
        "patient_time_of": patient.time_of,
        "priority": priority,
        "reason": reason,
    }
    event = happened(AppointmentBooked, asking, held, changes, before=before(held, "status"))
    decision = take_for_good(asking, event, visit, patient, setup, session)
    return replace(decision, releases=(*decision.releases, *hold_count_release(held)))


def release_hold(asking: Asking, held: Appointment, setup: Setup, session: Session | None = None) -> Decision:
    """Gives a hold back; giving it back twice changes nothing."""
    if held.status == "cancelled":
        return asking.unchanged(held.appointment_id, held.version, answer_of(held))
    if held.status != "held" or held.seats is not None:
        return asking.refuse("wrong-status", f"the appointment is {held.status}, not held")
    changes = {"status": "cancelled", "expires_at": None, "held_by": None}
    event = happened(
        HoldReleased, asking, held, changes, before=before(held, "status"), reason_code="hold-released"
    )
    decision = asking.record(event, answer=answer_of(event), facility_id=held.facility_id)
    decision = replace(decision, releases=everything_taken(held))
    return give_up_seat(decision, asking, held, session, setup)


def hold_expired(held: Appointment, now: datetime) -> HoldExpired:
    """What is recorded when a commit, or the sweeper, finds that the hold has run out."""
    return recorded(
        HoldExpired,
        held,
        now,
        {"status": "cancelled", "expires_at": None, "held_by": None},
        by="other",
        before=before(held, "status"),
        reason_code="hold-expired",
    )
