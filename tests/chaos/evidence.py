"""What store, Kafka, calendars and the projections' tables say, once all that was accepted got there."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backbone.kafka import Kafka
from backbone.projecting.generations import live
from backbone.projecting.lag import ProjectionStatus, projection_statuses
from backbone.projecting.rebuilding import rebuild
from backbone.relay.tail import read_tails
from cli.demo.checking.agreement import Entry, entries
from cli.demo.desk import Desk
from cli.demo.observer import Seen
from cli.demo.registering import several
from cli.reaching import Reader, readers
from tests.chaos.clinic import Clinic
from tests.chaos.house import House
from tests.support.on_kafka import read_topics
from tests.support.waiting import eventually

__all__ = ["Evidence", "Happened", "gather", "happened"]

SETTLED_SECONDS = 60.0
AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of an appointment, as the store or Kafka tells it."""

    version: int
    type: str
    status: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found."""

    histories: Mapping[UUID, Sequence[Happened]]
    """From ``GET /v1/appointments/{id}/history``."""
    seen: Sequence[Seen]
    """Every committed record of the services' topics, from the beginning."""
    shown: frozenset[Entry]
    """What the calendars show."""
    tables: Mapping[str, Counter[str]]
    """The projections' rows, by table."""
    rebuilt: Mapping[str, Counter[str]]
    """The same built anew out of Kafka alone."""
    parked: Sequence[str]
    """Projections that have set events aside."""


async def gather(house: House, desk: Desk, clinic: Clinic, appointments: Iterable[UUID]) -> Evidence:
    """Waits until relay and projections have nothing left to do, then asks everybody."""
    topics = [topic for service in house.services for topic in service.topics]
    await eventually(lambda: _holds_are_over(house), within=SETTLED_SECONDS)
    await eventually(lambda: _all_on_kafka(house), within=SETTLED_SECONDS)
    async with readers(house.settings, house.data) as found:
        statuses = await eventually(lambda: _caught_up(found), within=SETTLED_SECONDS)
        seen = [_seen(house.kafka, record) for record in await read_topics(house.kafka, topics)]
        histories = await _histories(desk, appointments)
        shown = await _calendars(desk, clinic)
        tables = await _tables(found)
        projections = [(reader.engine, each) for reader in found for each in reader.projections]
        await asyncio.gather(*(rebuild(engine, projection) for engine, projection in projections))
        rebuilt = await _tables(found)
    parked = [status.name for status in statuses if status.parked_keys]
    return Evidence(histories, seen, shown, tables, rebuilt, parked)


def happened(record: Seen) -> Happened:
    """An appointment's event as Kafka has it."""
    return _happened(
        record.data | {"version": record.number("ce_streamversion"), "type": record.text("ce_type")}
    )


def _happened(told: Mapping[str, Any]) -> Happened:
    times = (datetime.fromisoformat(told[name]) for name in ("starts_at", "ends_at"))
    return Happened(told["version"], told["type"], told["status"], *times)


def _seen(kafka: Kafka, record: Any) -> Seen:
    return Seen(
        topic=record.topic.removeprefix(kafka.topic_prefix),
        partition=record.partition,
        offset=record.offset,
        key=record.key or b"",
        headers=dict(record.headers),
        value=record.value or b"",
    )


async def _ask(house: House, schema: str, question: str) -> int:
    connection = await asyncpg.connect(house.database_urls[schema], server_settings={"search_path": schema})
    try:
        return int(await connection.fetchval(question) or 0)
    finally:
        await connection.close()


async def _holds_are_over(house: House) -> bool:
    """Those that were to lapse soon; the others outlast the test."""
    due = "SELECT count(*) FROM claims WHERE expires_at < now() + interval '1 minute'"
    return await _ask(house, "booking", due) == 0


async def _all_on_kafka(house: House) -> bool:
    for service in house.services:
        if service.topics:
            stored = await _ask(house, service.schema, "SELECT max(notification_id) FROM stored_events")
            tails = await read_tails(house.kafka, service.topics)
            if max(tail.position for tail in tails.values()) < stored:
                return False
    return True


async def _caught_up(found: Sequence[Reader]) -> list[ProjectionStatus]:
    """Every projection's live generation, once none lags behind Kafka; until then nothing."""
    told = await asyncio.gather(*(projection_statuses(reader.engine, reader.projections) for reader in found))
    statuses = [status for some in told for status in some if status.state == "live"]
    return statuses if all(status.lag == 0 for status in statuses) else []


async def _histories(desk: Desk, appointments: Iterable[UUID]) -> Mapping[UUID, Sequence[Happened]]:
    histories: dict[UUID, Sequence[Happened]] = {}

    async def history(appointment: UUID) -> None:
        answer = await desk.get(f"/v1/appointments/{appointment}/history")
        histories[appointment] = [_happened(event) for event in answer.body.get("events", ())]

    await several(appointments, history, at_once=AT_ONCE)
    return histories


async def _calendars(desk: Desk, clinic: Clinic) -> frozenset[Entry]:
    shown: set[Entry] = set()
    for resource in clinic.resources:
        period = {"from": clinic.first.isoformat(), "to": clinic.end.isoformat()}
        calendar = (await desk.get(f"/v1/calendars/{resource}", period)).expect(200)
        shown |= set(entries(UUID(resource), calendar.body))
    return frozenset(shown)


async def _tables(found: Sequence[Reader]) -> Mapping[str, Counter[str]]:
    """Every row of the live generations."""
    tables: dict[str, Counter[str]] = {}
    for reader in found:
        async with reader.engine.pool.acquire() as connection:
            for each in reader.projections:
                generation = await live(connection, each.name)
                assert generation is not None
                for table in re.findall(r"CREATE TABLE (\w+)\{g\}", each.tables):
                    rows = await connection.fetch(f"SELECT t::text FROM {table}_g{generation.number} t")
                    tables[f"{reader.service}.{table}"] = Counter(row[0] for row in rows)
    return tables
