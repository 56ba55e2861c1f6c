"""Events of booking and patient flow as the engine hands them to a projection."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from backbone.cloudevents import Record
from backbone.cloudevents.partition import partition_of
from backbone.events import DomainEvent
from backbone.projecting import Heard, Projection, Tables
from backbone.projecting.tables import MANY
from services.booking.events.appointments import (
    AppointmentBooked,
    AppointmentEvent,
    AppointmentRescheduled,
    Before,
)
from services.booking.values import AssignedResource, ResourceKind

__all__ = [
    "CLINIC",
    "NINE",
    "appointment",
    "booked",
    "hear",
    "moved",
    "named",
    "record",
    "rows",
    "tables",
]

NINE = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""Monday 09:00 in New York."""


def named(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(UUID(int=0), name)


CLINIC = named("clinic")


def appointment(
    kind: type[AppointmentEvent], name: str, version: int, starts_at: datetime = NINE, **changes: Any
) -> AppointmentEvent:
    """An event of the appointment ``name``: half an hour with ``with_`` (Dr. Chan, where nobody is named)."""
    kinds: dict[str, ResourceKind] = changes.pop("with_", {"chan": "provider"})
    ends_at = starts_at + timedelta(minutes=30)
    parts = tuple(
        AssignedResource(
            resource_id=named(who),
            kind=what,
            starts_at=starts_at,
            ends_at=ends_at,
            busy_from=starts_at,
            busy_until=ends_at,
        )
        for who, what in kinds.items()
    )
    fields: dict[str, Any] = {
        "originator_id": named(name),
        "originator_version": version,
        "timestamp": NINE - timedelta(days=3) + timedelta(minutes=version),
        "appointment_id": named(name),
        "status": "booked",
        "facility_id": CLINIC,
        "patient_id": named("patient of " + name),
        "visit_type": "check-up",
        "starts_at": starts_at,
        "ends_at": ends_at,
        "local_start": "2026-03-02T09:00",
        "time_zone": "America/New_York",
        "resources": parts,
        "resource_ids": tuple(part.resource_id for part in parts),
    }
    return kind.model_validate(fields | changes)


def booked(name: str, version: int = 1, starts_at: datetime = NINE, **changes: Any) -> AppointmentEvent:
    """Booked as ``appointment`` says."""
    return appointment(AppointmentBooked, name, version, starts_at, **changes)


def moved(
    name: str, version: int, starts_at: datetime, was: datetime = NINE, was_with: str = "chan", **changes: Any
) -> AppointmentEvent:
    """Moved from ``was`` and from ``was_with``."""
    facility = changes.get("facility_id", CLINIC)
    before = Before(starts_at=was, facility_id=facility, resource_ids=(named(was_with),))
    return appointment(AppointmentRescheduled, name, version, starts_at, before=before, **changes)


def record(event: DomainEvent, number: int = 1) -> Record:
    """The event as a consumer sees it; ``number`` stands for its sequence and position."""
    key = str(event.originator_id)
    return Record(
        topic=event.kafka_topic,
        partition=partition_of(key),
        offset=number,
        key=key,
        id=event.event_id,
        source="https://almanac.example/test",
        type=event.event_type(),
        subject=key,
        time=event.timestamp,
        recorded_time=event.timestamp,
        sequence=number,
        position=number,
        stream_version=event.originator_version,
        data=event.model_dump_json().encode(),
    )


def hear(projection: type[Projection], events: Iterable[DomainEvent]) -> list[Heard]:
    """What of the events the projection hears."""
    return [
        Heard(record(event, number), model.model_validate_json(event.model_dump_json()))
        for number, event in enumerate(events, 1)
        if (model := projection.hears.get(event.event_type())) is not None
    ]


@asynccontextmanager
async def tables(
    database: str, projection: type[Projection], generation: int = 1, many: int = MANY
) -> AsyncIterator[Tables]:
    """The projection's tables, empty."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(projection.tables.replace("{g}", f"_g{generation}"))
        yield Tables(connection, generation, many)
    finally:
        await connection.close()


async def rows(kept: Tables, names: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the named tables hold, in a fixed order."""
    return {
        name: sorted(
            (tuple(row.values()) for row in await kept.fetch(f"SELECT * FROM {name}{{g}}")), key=repr
        )
        for name in names
    }
