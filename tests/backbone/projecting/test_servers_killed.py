"""Relay and projection through the death of a server: nothing lost, nothing doubled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from backbone.cloudevents.decode import decode
from backbone.projecting.dead_letter_desk import list_dead_letters
from backbone.projecting.running import running
from backbone.relay.relay import Relay
from backbone.relay.relay import running as relaying
from tests.backbone.projecting.conftest import SCHEMA, SOURCE, TOPICS, Hospital
from tests.backbone.projecting.stays import Stays
from tests.support.on_kafka import read_topics
from tests.support.servers import SessionServers
from tests.support.waiting import eventually

CURSOR_TABLE = Path("backbone/relay/schema.sql").read_text(encoding="utf-8")


@pytest.fixture
async def pipeline(hospital: Hospital, engine_database: str) -> AsyncIterator[Relay]:
    """A relay and a projection at work."""
    await hospital.pool.execute(CURSOR_TABLE)
    relay = Relay(
        service="sample",
        topics=TOPICS,
        store=hospital.ward.log,
        database_url=engine_database,
        schema=SCHEMA,
        kafka=hospital.engine.kafka,
        source=SOURCE,
        alarm=hospital.alarms.append,
    )
    async with relaying(relay), running(hospital.engine, [Stays()]):
        yield relay


async def under_traffic(hospital: Hospital, relay: Relay, disturb: Callable[[], Awaitable[None]]) -> None:
    """Events all the while; the disturbance comes in the middle of them."""
    over = asyncio.Event()

    async def traffic() -> None:
        while not over.is_set():
            hospital.ward.bustle(stays=4, moves=1)
            await asyncio.sleep(0.01)

    busy = asyncio.create_task(traffic())
    try:
        await eventually(lambda: relay.leads and relay.position > 100, within=20)
        await disturb()
        seen = len(hospital.ward.log.rows)
        await eventually(lambda: relay.leads and relay.position > seen, within=30)
    finally:
        over.set()
        await busy


async def assert_right(hospital: Hospital) -> None:
    await eventually(hospital.right, within=30)
    prefix = hospital.engine.kafka.topic_prefix
    rows = hospital.ward.log.rows

    async def all_there() -> Counter[int] | None:
        records = [decode(record, prefix) for record in await read_topics(hospital.engine.kafka, TOPICS)]
        return Counter(r.position for r in records) if len(records) >= len(rows) else None

    assert await eventually(all_there) == Counter(row.position for row in rows)
    assert await list_dead_letters(hospital.engine) == []
    assert hospital.alarms == []


async def test_kafka_killed_under_traffic(
    hospital: Hospital, pipeline: Relay, servers: SessionServers
) -> None:
    async def disturb() -> None:
        await servers.kafka.kill()
        await servers.kafka.start()

    await under_traffic(hospital, pipeline, disturb)
    await assert_right(hospital)


async def test_postgresql_killed_under_traffic(
    hospital: Hospital, pipeline: Relay, servers: SessionServers
) -> None:
    async def disturb() -> None:
        await servers.postgres.kill()
        await servers.postgres.start()

    await under_traffic(hospital, pipeline, disturb)
    await assert_right(hospital)
