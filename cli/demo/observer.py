"""Another system: subscribes to the public Kafka topics and keeps what it sees."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from pydantic_core import from_json

from backbone.dead_letters import SUFFIX
from backbone.kafka import Kafka

__all__ = ["Observer", "Seen", "observing"]

_POLL_MS = 200


@dataclass(frozen=True)
class Seen:
    """One record as it lay on the wire."""

    topic: str
    """Without the installation's prefix."""
    partition: int
    offset: int
    key: bytes
    headers: Mapping[str, bytes]
    value: bytes

    def text(self, header: str) -> str:
        return self.headers.get(header, b"").decode()

    def number(self, header: str) -> int:
        return int(self.headers.get(header, b"0"))

    @property
    def event(self) -> str:
        """``AppointmentBooked``, out of ``almanac.booking.AppointmentBooked.v1``."""
        return self.text("ce_type").split(".")[-2]

    @property
    def stream(self) -> UUID:
        return UUID(self.key.decode())

    @cached_property
    def data(self) -> dict[str, Any]:
        return dict(from_json(self.value))


class Observer:
    """Grows as records arrive; partitions in their order."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.set_aside: list[Seen] = []
        """What consumers could not read, on dead-letter topics."""
        self.counts: Counter[str] = Counter()
        """Events by type."""
        self.versions: dict[UUID, int] = {}
        """Highest stream version by stream."""
        self._news = asyncio.Event()

    def take(self, record: Seen) -> None:
        self._news.set()
        if record.topic.endswith(SUFFIX):
            self.set_aside.append(record)
            return
        self.seen.append(record)
        self.counts[record.event] += 1
        version = record.number("ce_streamversion")
        self.versions[record.stream] = max(version, self.versions.get(record.stream, 0))

    def lacks(self, versions: Mapping[UUID, int]) -> list[UUID]:
        """Streams that were not seen up to these versions."""
        return [stream for stream, version in versions.items() if self.versions.get(stream, 0) < version]

    async def until_seen(self, versions: Mapping[UUID, int], within: float) -> None:
        """Returns when each stream was seen up to its version; ``TimeoutError`` after ``within`` seconds."""
        async with asyncio.timeout(within):
            while self.lacks(versions):
                await self._next_news()

    async def until_quiet(self, seconds: float) -> None:
        """Returns when nothing more came for so long."""
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(seconds):
                    await self._next_news()

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()


@asynccontextmanager
async def observing(kafka: Kafka, topics: Sequence[str]) -> AsyncIterator[Observer]:
    """Follows the topics from their beginning until closed."""
    observer = Observer()
    consumer = AIOKafkaConsumer(
        *(f"{kafka.topic_prefix}{topic}" for topic in topics),
        **kafka.options(),
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )

    async def follow() -> None:
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MS)
            for record in (record for batch in batches.values() for record in batch):
                observer.take(
                    Seen(
                        topic=record.topic.removeprefix(kafka.topic_prefix),
                        partition=record.partition,
                        offset=record.offset,
                        key=record.key or b"",
                        headers=dict(record.headers),
                        value=record.value or b"",
                    )
                )

    await consumer.start()
    following = asyncio.create_task(follow())
    try:
        yield observer
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await consumer.stop()
