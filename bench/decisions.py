"""Decisions for the store itself: what booking decides, without HTTP, tokens and keys before it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from backbone.ids import new_id
from backbone.store.decision import Claim, Decision
from backbone.store.origin import Origin
from backbone.store.slots import slot_at
from services.booking.events.appointments import AppointmentBooked
from services.booking.values import AssignedResource

__all__ = ["CLAIMS", "MINUTES", "appends", "booked_event", "bookings"]

PLACES = 50
MINUTES = 30
CLAIMS = 18
"""Half an hour of a provider, a room and a patient: three times six slots."""


def bookings() -> Iterator[Decision]:
    """Bookings that never meet: fifty providers and rooms, one after the other through the days to come."""
    providers, rooms = [new_id() for _ in range(PLACES)], [new_id() for _ in range(PLACES)]
    facility = new_id()
    first = datetime(2031, 1, 1, tzinfo=UTC)
    for number in count():
        place, turn = number % PLACES, number // PLACES
        starts_at = first + turn * timedelta(minutes=MINUTES)
        event = booked_event(facility, providers[place], rooms[place], starts_at)
        yield Decision(_origin(event), (event,), _claims(event))


def appends() -> Iterator[Decision]:
    """The same events, each beginning a stream, and nothing claimed: what a plain event store does."""
    facility, provider, room = new_id(), new_id(), new_id()
    starts_at = datetime(2031, 1, 1, tzinfo=UTC)
    while True:
        event = booked_event(facility, provider, room, starts_at)
        yield Decision(_origin(event), (event,))


def booked_event(facility: UUID, provider: UUID, room: UUID, starts_at: datetime) -> AppointmentBooked:
    """A new appointment of a new patient."""
    appointment, patient = new_id(), new_id()
    ends_at = starts_at + timedelta(minutes=MINUTES)
    return AppointmentBooked(
        originator_id=appointment,
        originator_version=1,
        timestamp=datetime.now(UTC),
        appointment_id=appointment,
        status="booked",
        facility_id=facility,
        patient_id=patient,
        visit_type="follow-up",
        starts_at=starts_at,
        ends_at=ends_at,
        local_start=starts_at.strftime("%Y-%m-%dT%H:%M"),
        time_zone="UTC",
        resources=(
            AssignedResource(
                resource_id=provider, kind="provider", starts_at=starts_at, ends_at=ends_at,
                busy_from=starts_at, busy_until=ends_at,
            ),
            AssignedResource(
                resource_id=room, kind="room", starts_at=starts_at, ends_at=ends_at,
                busy_from=starts_at, busy_until=ends_at,
            ),
        ),
        resource_ids=(provider, room),
        patient_time_of=(patient,),
    )  # fmt: skip


def _origin(event: AppointmentBooked) -> Origin:
    return Origin("app", "bench", correlation_id=str(event.appointment_id), facility_id=event.facility_id)


def _claims(event: AppointmentBooked) -> tuple[Claim, ...]:
    owner, slots = event.appointment_id, (slot_at(event.starts_at), slot_at(event.ends_at))
    provider, room = event.resource_ids
    (patient,) = event.patient_time_of
    return (
        Claim(owner, provider, "provider", *slots),
        Claim(owner, room, "room", *slots),
        Claim(owner, patient, "patient", *slots),
    )
