"""A domain just large enough to try the store: appointments that are held, booked, moved, cancelled."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from backbone.clock import Clock, SystemClock
from backbone.events import DomainEvent
from backbone.store.mapper import EventMapper
from backbone.store.migrating import migrate
from backbone.store.origin import Origin
from backbone.store.store import Limits, Store

__all__ = [
    "PATIENT",
    "SCHEMA",
    "ORIGIN",
    "AbsenceAdded",
    "Booked",
    "Cancelled",
    "Expired",
    "Held",
    "Moved",
    "clinic_mapper",
    "clinic_store",
    "hold_expired",
    "migrated",
]

ORIGIN = Origin("user", "clerk-1", correlation_id="correlation-1")
SCHEMA = "clinic"
PATIENT = Limits(max_wait_seconds=60.0)
"""For what has nothing to do with overload: a busy machine turns nobody away."""
MIGRATIONS = Path(__file__).with_name("migrations")


class _AppointmentEvent(DomainEvent):
    service: ClassVar[str] = "clinic"
    kafka_topic: ClassVar[str] = "almanac.clinic.appointments"

    note: str = ""


class Held(_AppointmentEvent):
    """Held for a while."""


class Booked(_AppointmentEvent):
    """Booked, from a hold or at once."""


class Moved(_AppointmentEvent):
    """At another time."""


class Cancelled(_AppointmentEvent):
    """Given back."""


class Expired(_AppointmentEvent):
    """A hold that ran out."""


class AbsenceAdded(DomainEvent):
    """The resource is away."""

    service: ClassVar[str] = "clinic"
    kafka_topic: ClassVar[str] = "almanac.clinic.setup"


def clinic_mapper() -> EventMapper:
    """All events of this domain."""
    return EventMapper([Held, Booked, Moved, Cancelled, Expired, AbsenceAdded])


def hold_expired(stream: Sequence[DomainEvent], expired_at: datetime) -> DomainEvent:
    """The clinic's ``HoldExpiry``."""
    assert stream, "a hold without events"
    last = stream[-1]
    assert isinstance(last, Held)
    return Expired(
        originator_id=last.originator_id,
        originator_version=last.originator_version + 1,
        timestamp=expired_at,
        note=last.note,
    )


async def migrated(database: str, schema: str = SCHEMA) -> None:
    """Brings the store's tables into ``schema``, as a service's first migration does."""
    await migrate(database, schema, MIGRATIONS)


@asynccontextmanager
async def clinic_store(
    database: str, clock: Clock | None = None, limits: Limits | None = None
) -> AsyncIterator[Store]:
    """An open store on tables that are there."""
    store = Store(database, SCHEMA, clinic_mapper(), clock or SystemClock(), hold_expired, limits)
    async with store:
        yield store
