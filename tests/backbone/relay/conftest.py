from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from backbone.kafka import Kafka
from backbone.relay.relay import Relay
from backbone.topics import Topic
from tests.support.on_kafka import Log, create_topics

TOPICS = (Topic("almanac.sample.stays"), Topic("almanac.sample.beds"))
SCHEMA = "sample"
SOURCE = "https://almanac.test"
CURSOR_TABLE = Path("backbone/relay/schema.sql").read_text(encoding="utf-8")


@dataclass
class Setting:
    """A service with a log, its database and its topics; relays are made as a test needs them."""

    log: Log
    kafka: Kafka
    database: str
    alarms: list[str]

    def relay(self, log: Log | None = None) -> Relay:
        return Relay(
            service="sample",
            topics=TOPICS,
            store=log or self.log,
            database_url=self.database,
            schema=SCHEMA,
            kafka=self.kafka,
            source=SOURCE,
            alarm=self.alarms.append,
        )

    def add(self, count: int) -> None:
        for n in range(count):
            self.log.add(TOPICS[n % 2].name, "almanac.sample.Happened.v1", number=n)

    def streams(self, count: int, events_each: int) -> None:
        ids = [self.log.add(TOPICS[0].name, "almanac.sample.Happened.v1").stream_id for _ in range(count)]
        for _ in range(events_each - 1):
            for stream_id in ids:
                self.log.add(TOPICS[0].name, "almanac.sample.Happened.v1", stream_id)


@pytest.fixture
async def setting(database: str, kafka: str, topic_prefix: str) -> Setting:
    reached = Kafka(kafka, topic_prefix)
    await create_topics(reached, TOPICS)
    connection = await asyncpg.connect(database)
    await connection.execute(f"CREATE SCHEMA {SCHEMA}; SET search_path TO {SCHEMA};")
    await connection.execute(CURSOR_TABLE)
    await connection.close()
    return Setting(Log(), reached, database, [])
