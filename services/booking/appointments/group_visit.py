"""Group visits: one session holds provider and room, each patient's appointment is a seat in it.

The session opens with its first seat and closes with its last. While all of its seats are holds, it is a
hold too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from backbone.store.decision import Claim, Decision, Occupancy, Release
from services.booking.appointments.appointment import Appointment, happened
from services.booking.appointments.rules import resource_claims, resource_releases
from services.booking.appointments.visit import Visit
from services.booking.asking import Asking
from services.booking.events.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentDetails,
    AppointmentEvent,
    HoldReleased,
    SlotHeld,
)
from services.booking.setup.catalogue import Setup
from services.booking.slots import slot_of
from services.booking.values import OverrideKind

__all__ = [
    "Session",
    "join",
    "leave",
    "next_session",
    "seat_claim",
    "seat_release",
    "seats_guard",
    "seats_resource",
    "session_id",
]

_SESSIONS = UUID("b6d2a7a0-2f0e-5a57-9d8e-0a5a6c7f1e03")
_SEATS = UUID("b6d2a7a0-2f0e-5a57-9d8e-0a5a6c7f1e04")


def session_id(visit: Visit) -> UUID:
    """The same for all who want the same group visit: type, facility, resources and start.

    Moved away it keeps its id, and whoever opens one in its old place takes `next_session`.
    """
    resources = ",".join(sorted(str(part.resource_id) for part in visit.assigned))
    start = slot_of(visit.starts_at)
    return uuid5(_SESSIONS, f"{visit.visit_type.code}/{visit.facility.facility_id}/{resources}/{start}")


def next_session(moved: UUID) -> UUID:
    """The id of a session that opens where ``moved`` once was."""
    return uuid5(_SESSIONS, str(moved))


def seats_resource(session: UUID) -> UUID:
    """The pseudo-resource ``session:<id>`` whose lanes are the seats."""
    return uuid5(_SEATS, str(session))


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it stands, or doesn't yet, with its seats."""

    session_id: UUID
    appointment: Appointment | None = None
    seats: tuple[Appointment, ...] = ()
    """Whose claims on the seats have not expired."""

    def stands_at(self, now: datetime) -> bool:
        """Whether it takes place or is at least held."""
        session = self.appointment
        return session is not None and (session.status == "booked" or session.held_at(now))

    def is_for(self, visit: Visit) -> bool:
        """Whether it is, or was, or may come to be, the one that ``visit`` is a seat in."""
        known = self.appointment
        return known is None or (
            known.seats is not None
            and (known.visit_type, known.facility_id, known.starts_at)
            == (visit.visit_type.code, visit.facility.facility_id, visit.starts_at)
            and set(known.resource_ids) == {part.resource_id for part in visit.assigned}
        )

    @property
    def booked(self) -> bool:
        """Whether it takes place, whoever else comes."""
        return self.appointment is not None and self.appointment.status == "booked"

    @property
    def version(self) -> int:
        """Of its stream; 0 where it never was."""
        return self.appointment.version if self.appointment else 0


def seat_claim(
    seat: AppointmentDetails, session: UUID, seats: int, overridden: frozenset[OverrideKind]
) -> Claim:
    """One seat."""
    first, end = slot_of(seat.starts_at), slot_of(seat.ends_at)
    owner, over = seat.appointment_id, "taken" in overridden
    return Claim(owner, seats_resource(session), "seat", first, end, seats, over, seat.expires_at)


def seat_release(seat: AppointmentDetails, session: UUID) -> Release:
    """Gives the seat back."""
    return Release(
        seat.appointment_id, seats_resource(session), slot_of(seat.starts_at), slot_of(seat.ends_at)
    )


def join(asking: Asking, session: Session, seat: AppointmentDetails, setup: Setup) -> Decision:
    """What becomes of the session when ``seat`` is booked, or held until it expires."""
    known, reads, until = session.appointment, {session.session_id: session.version}, seat.expires_at
    changes = {"status": "held" if until else "booked", "expires_at": until}
    if known is None or not session.stands_at(asking.now):
        fresh = _opened_by(seat, session).model_copy(update=changes | {"seats": _seats(seat, setup)})
        overridden = frozenset(seat.override.of) if seat.override else frozenset()
        return _changed(asking, fresh, setup, reads, overridden)
    if known.status == "booked" or (until and known.expires_at and until <= known.expires_at):
        return asking.record(reads=reads)
    return _changed(asking, known.model_copy(update=changes), setup, reads)


def _opened_by(seat: AppointmentDetails, session: Session) -> Appointment:
    return Appointment(
        appointment_id=session.session_id,
        version=session.version,
        status="booked",
        facility_id=seat.facility_id,
        visit_type=seat.visit_type,
        starts_at=seat.starts_at,
        ends_at=seat.ends_at,
        local_start=seat.local_start,
        time_zone=seat.time_zone,
        resources=seat.resources,
        override=seat.override,
    )


def _seats(seat: AppointmentDetails, setup: Setup) -> int:
    return setup.visit_types[seat.visit_type].seats or 1


def leave(asking: Asking, session: Session, leaving: Iterable[UUID], setup: Setup) -> Decision:
    """What becomes of the session when seats are given up.

    Guarded by the seats that were seen: of two who are the last and leave at once, one is decided again.
    """
    known = session.appointment
    if known is None or not session.stands_at(asking.now):
        return asking.record(reads={session.session_id: session.version})
    gone = frozenset(leaving)
    rest = [seat for seat in session.seats if seat.appointment_id not in gone]
    return replace(_after_leaving(asking, known, rest, setup), occupied=(seats_guard(session, known),))


def seats_guard(session: Session, known: Appointment) -> Occupancy:
    """These seats, and no others, are taken in ``known``, the session as it stands."""
    return Occupancy(
        seats_resource(session.session_id),
        slot_of(known.starts_at),
        slot_of(known.ends_at),
        frozenset(seat.appointment_id for seat in session.seats),
    )


def _after_leaving(asking: Asking, known: Appointment, rest: Sequence[Appointment], setup: Setup) -> Decision:
    reads = {known.appointment_id: known.version}
    if not rest:
        kind: type[AppointmentEvent] = HoldReleased if known.status == "held" else AppointmentCancelled
        changes = {"status": "cancelled", "expires_at": None}
        event = happened(kind, asking, known, changes, reason_code="no-seat-taken")
        closed = asking.record(event, reads=reads, facility_id=known.facility_id)
        return replace(closed, releases=resource_releases(known))
    if known.status == "held" or any(seat.status != "held" for seat in rest):
        return asking.record(reads=reads)
    until = max(seat.expires_at for seat in rest if seat.expires_at is not None)
    return _changed(asking, known.model_copy(update={"status": "held", "expires_at": until}), setup, reads)


def _changed(
    asking: Asking,
    after: Appointment,
    setup: Setup,
    reads: Mapping[UUID, int],
    overridden: frozenset[OverrideKind] = frozenset(),
) -> Decision:
    kind: type[AppointmentEvent] = SlotHeld if after.expires_at else AppointmentBooked
    event = happened(kind, asking, after)
    decision = asking.record(event, reads=reads, facility_id=after.facility_id)
    return replace(decision, claims=resource_claims(after, setup.resources, overridden))
