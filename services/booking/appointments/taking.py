"""Taking a time, for a hold, a booking or a move alike; and giving it back."""

from backbone.store.decision import Claim, Decision, Release
from services.booking.appointments.appointment import Appointment, answer_of
from services.booking.appointments.group_visit import Session, join, leave, seat_claim, seat_release
from services.booking.appointments.holders import hold_count_release
from services.booking.appointments.rules import (
    count_release,
    objections,
    resource_claims,
    resource_releases,
    visit_claims,
    visit_releases,
)
from services.booking.appointments.visit import Visit
from services.booking.asking import Asking
from services.booking.commands.appointments import OverrideWanted
from services.booking.decisions import together
from services.booking.events.appointments import AppointmentDetails, AppointmentEvent
from services.booking.patients.patient import Patient
from services.booking.setup.catalogue import Setup
from services.booking.values import Override, OverrideKind

__all__ = ["everything_taken", "give_up_seat", "kept", "may_override", "take", "take_for_good"]


def may_override(asking: Asking, override: OverrideWanted | None) -> bool:
    """Whether the asker's role may set these rules aside."""
    return override is None or asking.may_override.issuperset(override.of)


def kept(override: OverrideWanted | None) -> Override | None:
    """The override as the appointment keeps it."""
    return (
        None
        if override is None
        else Override(of=tuple(dict.fromkeys(override.of)), reason_code=override.reason_code)
    )


def take(
    asking: Asking,
    event: AppointmentEvent,
    visit: Visit,
    patient: Patient | None,
    setup: Setup,
    session: Session | None,
) -> Decision:
    """``event`` with all that it claims and every rule that objects."""
    overridden = _overridden(event)
    reads = visit.reads | ({patient.patient_id: patient.version} if patient else {})
    decision = asking.record(
        event,
        answer=answer_of(event),
        reads=reads,
        facility_id=event.facility_id,
        claims=_claims(event, setup, session, overridden),
        conflicts=objections(visit, asking.now, overridden, bool(session and session.stands_at(asking.now))),
    )
    return together(decision, join(asking, session, event, setup)) if session else decision


def take_for_good(
    asking: Asking,
    event: AppointmentEvent,
    visit: Visit,
    patient: Patient,
    setup: Setup,
    session: Session | None,
) -> Decision:
    """``event`` makes a hold a booking: what is held is claimed again, without an end.

    The lead time was checked when it was held, and is not checked again; hours and absences are.
    """
    reads = visit.reads | {patient.patient_id: patient.version}
    standing = session is not None and session.booked
    unlimited = setup.visit_types[event.visit_type].daily_limit is None
    decision = asking.record(
        event,
        answer=answer_of(event),
        reads=reads,
        facility_id=event.facility_id,
        claims=_claims(event, setup, session, _overridden(event)),
        releases=(count_release(event),) if unlimited else (),
        conflicts=objections(visit, asking.now, _overridden(event) | {"lead-time"}, standing),
    )
    return together(decision, join(asking, session, event, setup)) if session else decision


def everything_taken(was: Appointment) -> tuple[Release, ...]:
    """Gives back all that it has."""
    own = (*visit_releases(was), *hold_count_release(was))
    if was.session_id is not None:
        return (seat_release(was, was.session_id), *own)
    return (*resource_releases(was), *own)


def give_up_seat(
    decision: Decision, asking: Asking, was: Appointment, session: Session | None, setup: Setup
) -> Decision:
    """``decision``, and what becomes of the session that ``was`` had a seat in."""
    if session is None:
        return decision
    return together(decision, leave(asking, session, (was.appointment_id,), setup))


def _overridden(event: AppointmentDetails) -> frozenset[OverrideKind]:
    return frozenset(event.override.of) if event.override else frozenset()


def _claims(
    event: AppointmentDetails, setup: Setup, session: Session | None, overridden: frozenset[OverrideKind]
) -> tuple[Claim, ...]:
    visit_type = setup.visit_types[event.visit_type]
    own = visit_claims(event, visit_type.daily_limit, overridden)
    if session is not None:
        return (seat_claim(event, session.session_id, visit_type.seats or 1, overridden), *own)
    return (*resource_claims(event, setup.resources, overridden), *own)
