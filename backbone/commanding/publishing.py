"""Publishes replies: each is on Kafka, acknowledged by all replicas, before its command counts as done."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from backbone.commanding.replies import Reply
from backbone.kafka import Kafka
from backbone.obstacles import Obstacles, needing
from backbone.starting import started
from backbone.topics import Topic, ensure_topics

__all__ = ["Publisher", "publishing"]

SEND_SECONDS = 15.0
STOP_SECONDS = 3.0


class Publisher:
    """One per process and service."""

    def __init__(self, producer: AIOKafkaProducer, kafka: Kafka, obstacles: Obstacles) -> None:
        self._producer = producer
        self._kafka = kafka
        self._obstacles = obstacles
        self._there: set[str] = set()
        self._turn = asyncio.Lock()

    async def publish(self, replies: Sequence[Reply]) -> None:
        """In the order given. Raises ``KafkaError`` or ``TimeoutError``; then some may be there already."""
        for reply in replies:
            try:
                await self._provide(reply.topic)
                async with asyncio.timeout(SEND_SECONDS):
                    await self._producer.send_and_wait(
                        self._kafka.topic_prefix + reply.topic.name,
                        value=reply.value,
                        key=reply.key,
                        headers=reply.headers,
                    )
            except (KafkaError, TimeoutError) as error:
                # Deleted meanwhile, perhaps: the next try looks, and makes it again.
                self._there.discard(reply.topic.name)
                self._obstacles.needs = {**self._obstacles.needs, **needing([reply.topic.name], "Write")}
                self._obstacles.refused(error)
                raise
            self._obstacles.admitted()

    async def _provide(self, topic: Topic) -> None:
        """Makes the topic where it is missing: that of dead letters has no registration to make it.

        Looked at once: a producer waits long for a topic that isn't there.
        """
        if topic.name in self._there:
            return
        async with self._turn:
            if topic.name not in self._there:
                async with asyncio.timeout(SEND_SECONDS):
                    await ensure_topics(self._kafka, [topic])
                self._there.add(topic.name)


@asynccontextmanager
async def publishing(kafka: Kafka, obstacles: Obstacles) -> AsyncIterator[Publisher]:
    """A publisher for as long as the block runs."""
    producer = AIOKafkaProducer(
        **kafka.options(),
        # Not idempotent: a batch that Kafka refused, for want of a right, would leave a gap in the numbers of
        # its partition, and all that come later would be refused for ever. Answers may come twice anyway.
        acks="all",
        linger_ms=0,
        request_timeout_ms=10_000,
        max_request_size=1_048_576,
    )
    watching = asyncio.create_task(obstacles.watch(lambda: False))
    try:
        async with started(producer.start(), within=SEND_SECONDS, patience=STOP_SECONDS):
            yield Publisher(producer, kafka, obstacles)
    finally:
        watching.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await producer.stop()
