from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from backbone.cloudevents.encode import StoredRow
from backbone.dead_letters import dead_letter_topic
from backbone.kafka import Kafka
from backbone.privacy.keyfile import RootKey
from backbone.privacy.letters import LetterSeal
from backbone.projecting.engine import Engine, projection_pool
from backbone.projecting.reading import ProjectionReader
from backbone.projecting.tables import Pool
from backbone.relay.publisher import Publisher, publishing
from backbone.topics import Topic
from tests.backbone.projecting.stays import ADMITTED, DISCHARGED, MOVED, STAYS, Stays
from tests.support.on_kafka import Log, create_topics

SCHEMA = "sample"
SOURCE = "https://almanac.test"
TOPICS = (Topic(STAYS),)
LETTERS = LetterSeal(RootKey(bytes(32)))
ENGINE_TABLES = Path("backbone/projecting/schema.sql").read_text(encoding="utf-8")


@dataclass
class Ward:
    """Writes stays into a log, knows what their projection must come to, and publishes."""

    log: Log = field(default_factory=Log)
    expected: dict[UUID, tuple[str | None, int]] = field(default_factory=dict)
    published: int = 0

    def admit(self, bed: str = "1a") -> UUID:
        stay_id = self.log.add(STAYS, ADMITTED, bed=bed).stream_id
        self.expected[stay_id] = (bed, 0)
        return stay_id

    def move(self, stay_id: UUID, bed: str = "2b") -> None:
        self.log.add(STAYS, MOVED, stay_id, bed=bed)
        self.expected[stay_id] = (bed, self.expected[stay_id][1] + 1)

    def discharge(self, stay_id: UUID) -> None:
        self.log.add(STAYS, DISCHARGED, stay_id)
        self.expected[stay_id] = (None, self.expected[stay_id][1])

    def bustle(self, stays: int = 30, moves: int = 4) -> None:
        """Many stays, each moved several times; every other one ends."""
        ids = [self.admit() for _ in range(stays)]
        for n in range(moves):
            for stay_id in ids:
                self.move(stay_id, f"bed {n}")
        for stay_id in ids[::2]:
            self.discharge(stay_id)

    def unpublished(self) -> list[StoredRow]:
        rows = self.log.rows[self.published :]
        self.published = len(self.log.rows)
        return list(rows)


@dataclass
class Hospital:
    """The engine on its servers."""

    engine: Engine
    publisher: Publisher
    ward: Ward
    alarms: list[str]

    @property
    def pool(self) -> Pool:
        return self.engine.pool

    @property
    def reader(self) -> ProjectionReader:
        return ProjectionReader(self.pool, Stays)

    async def publish(self, transactions: int = 1) -> None:
        """All that the ward has not published yet."""
        rows = self.ward.unpublished()
        size = max(1, -(-len(rows) // transactions))
        for start in range(0, len(rows), size):
            await self.publisher.publish(rows[start : start + size])

    async def shown(self, generation: int | None = None) -> dict[UUID, tuple[str | None, int]]:
        """What the projection shows: its live generation, or another."""
        if generation is not None:
            rows = await self.pool.fetch(f"SELECT * FROM stays_g{generation}")
        else:
            async with self.reader.open() as tables:
                rows = await tables.fetch("SELECT * FROM stays{g}")
        return {row["stay_id"]: (row["bed"], row["moves"]) for row in rows}

    async def right(self) -> bool:
        """It shows exactly what has happened."""
        return await self.shown() == self.ward.expected


@pytest.fixture
async def engine_database(database: str) -> str:
    connection = await asyncpg.connect(database)
    await connection.execute(f"CREATE SCHEMA {SCHEMA}; SET search_path TO {SCHEMA};")
    await connection.execute(ENGINE_TABLES)
    await connection.close()
    return database


@pytest.fixture
async def offline(engine_database: str) -> AsyncIterator[Engine]:
    """An engine with a database and no Kafka behind it."""
    async with await projection_pool(engine_database, SCHEMA) as pool:
        yield Engine(pool, Kafka("127.0.0.1:1", "t."), "sample", LETTERS)


@pytest.fixture
async def hospital(offline: Engine, kafka: str, topic_prefix: str) -> AsyncIterator[Hospital]:
    reached = Kafka(kafka, topic_prefix)
    await create_topics(reached, [*TOPICS, *map(dead_letter_topic, TOPICS)])
    alarms: list[str] = []
    engine = replace(offline, kafka=reached, alarm=alarms.append)
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(publishing(reached, "almanac-relay-sample-0", SOURCE))
        yield Hospital(engine, publisher, Ward(), alarms)
