"""Bookings into the store itself: the decision is made, the batcher and PostgreSQL do the rest."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from backbone.clock import SystemClock
from backbone.ids import new_id
from backbone.memory import settle_memory
from backbone.store.decision import Accepted, Claim, Decision, Origin
from backbone.store.mapper import EventMapper
from backbone.store.migrating import migrate
from backbone.store.slots import slot_at
from backbone.store.store import Store
from bench.measuring import Load, closed_loop
from services.booking.events.appointments import AppointmentBooked
from services.booking.service import BookingService
from services.booking.values import AssignedResource

__all__ = ["CLAIMS", "book_in_process"]

SCHEMA = "bench_booking"
MINUTES = 30
CLAIMS = 18
"""Half an hour of a provider, a room and a patient: three times six slots."""


async def book_in_process(database_url: str, callers: tuple[int, ...], seconds: float) -> list[Load]:
    """Rates of one process, one store: what remains of a booking when HTTP, tokens and keys are left out."""
    await migrate(database_url, SCHEMA, BookingService.migrations)
    settle_memory()
    mapper = EventMapper([AppointmentBooked])
    async with Store(database_url, SCHEMA, mapper, SystemClock()) as store:
        decisions = _decisions()

        async def book(_caller: int) -> bool:
            return isinstance(await store.submit(next(decisions)), Accepted)

        await closed_loop("warming up", 64, 1.0, book)
        return [await closed_loop("store, in process", number, seconds, book) for number in callers]


def _decisions() -> Iterator[Decision]:
    """Bookings that never meet: fifty providers and rooms, one after the other through the days to come."""
    providers, rooms = [new_id() for _ in range(50)], [new_id() for _ in range(50)]
    facility = new_id()
    first = datetime(2031, 1, 1, tzinfo=UTC)
    for number in count():
        place, turn = number % 50, number // 50
        starts_at = first + turn * timedelta(minutes=MINUTES)
        yield _booking(facility, providers[place], rooms[place], starts_at)


def _booking(facility: UUID, provider: UUID, room: UUID, starts_at: datetime) -> Decision:
    appointment, patient = new_id(), new_id()
    ends_at = starts_at + timedelta(minutes=MINUTES)
    slots = slot_at(starts_at), slot_at(ends_at)
    event = AppointmentBooked(
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
    return Decision(
        Origin("app", "bench", correlation_id=str(appointment), facility_id=facility),
        (event,),
        (
            Claim(appointment, provider, "provider", *slots),
            Claim(appointment, room, "room", *slots),
            Claim(appointment, patient, "patient", *slots),
        ),
    )
