"""A publisher leaves nothing open when it is told to end, and goes on when a topic is deleted under it."""

import asyncio

import pytest
from aiokafka.errors import KafkaError

from backbone.alarm import log_alarm
from backbone.commanding import publishing
from backbone.commanding.replies import Reply
from backbone.dead_letters import dead_letter_topic
from backbone.kafka import Kafka
from backbone.obstacles import Obstacles
from backbone.topics import Topic
from tests.support.on_kafka import delete_topics
from tests.support.waiting import eventually


class SlowProducer:
    """As aiokafka's: a connection that is under way when ``start`` is cancelled is never closed."""

    def __init__(self, **_: object) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.happened: list[str] = []

    async def start(self) -> None:
        self.begun.set()
        try:
            await self.go_on.wait()
            self.happened.append("started")
        except asyncio.CancelledError:
            self.happened.append("cut off")
            raise

    async def stop(self) -> None:
        self.happened.append("stopped")


async def test_a_start_under_way_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    producer = SlowProducer()
    monkeypatch.setattr(publishing, "AIOKafkaProducer", lambda **_: producer)

    async def work() -> None:
        kafka = Kafka("nowhere:9092")
        async with publishing.publishing(kafka, Obstacles("answers", kafka, {}, log_alarm)):
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await producer.begun.wait()
    working.cancel()
    await asyncio.sleep(0)
    producer.go_on.set()
    await asyncio.wait([working])
    assert producer.happened == ["started", "stopped"]


async def test_dead_letters_go_on_after_their_topic_was_deleted(
    kafka: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "SEND_SECONDS", 2.0)
    reached, letters = Kafka(kafka, topic_prefix), dead_letter_topic(Topic("almanac.commands.lab", 1))
    letter = Reply(letters, b"key", b"value", [])
    async with publishing.publishing(reached, Obstacles("answers", reached, {}, log_alarm)) as publisher:

        async def published() -> bool:
            try:
                await publisher.publish([letter])
            except (KafkaError, TimeoutError):
                return False
            return True

        assert await published()
        await delete_topics(reached, [letters])
        await eventually(published)
