"""A consumer group on FastStream: polls batches and hands them to a crew."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from backbone.obstacles import Obstacles
from backbone.polling import LOOK_MS, start_waiting
from backbone.projecting.batching import Batch
from backbone.projecting.crew import Crew
from backbone.projecting.engine import Engine
from backbone.projecting.measuring import measure
from backbone.starting import started

__all__ = ["subscribed"]

COMMIT_SECONDS = 2.0
WATCH_SECONDS = 0.5
LARGE_BATCH = 200
"""From here on there is more to come: nobody rests while catching up."""


@asynccontextmanager
async def subscribed(
    engine: Engine, name: str, topics: Sequence[str], obstacles: Obstacles
) -> AsyncIterator[Crew]:
    """A crew, for which ``topics`` are consumed while the block runs; a batch under way is finished at its
    end. ``name``: of the consumer group, after ``<prefix>almanac.<service>.``."""
    prefix = engine.kafka.topic_prefix
    group = f"{prefix}almanac.{engine.group}.{name}"
    broker = KafkaBroker(
        engine.kafka.bootstrap.split(","),
        security=engine.kafka.security(),
        consumer_only=True,
        allow_auto_create_topics=False,
        metadata_max_age_ms=10_000,
        client_id=group,
        graceful_timeout=15.0,
        # Its logger would hold every record's key; nothing of ours gets as far as its error handling.
        logger=None,
        apply_types=False,
    )
    link = _Link(engine, obstacles)
    subscriber = broker.subscriber(
        *(prefix + topic for topic in topics),
        group_id=group,
        group_instance_id=engine.instance,
        batch=True,
        batch_timeout_ms=LOOK_MS,
        max_records=engine.batch_records,
        ack_policy=AckPolicy.MANUAL,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        session_timeout_ms=engine.session_timeout_ms,
        heartbeat_interval_ms=engine.session_timeout_ms // 5,
        # aiokafka's sticky assignor is broken; it has no cooperative one.
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),
        listener=link,
        parser=link.parse,
        decoder=_body,
    )
    subscriber(link.consume)
    link.consumer_of(lambda: subscriber.consumer)

    def unknown() -> bool:
        """Whether the consumer knows nothing of a topic, missing or deleted under it: then it only waits."""
        consumer: AIOKafkaConsumer | None = subscriber.consumer
        return consumer is not None and None in [consumer.partitions_for_topic(prefix + t) for t in topics]

    beside = [
        asyncio.create_task(link.watch()),
        asyncio.create_task(measure(link.crew, lambda: subscriber.consumer)),
        asyncio.create_task(obstacles.watch(unknown)),
    ]
    try:
        async with started(start_waiting(broker, obstacles.refused)):
            yield link.crew
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await broker.stop()


async def _body(message: KafkaMessage) -> Any:
    return message.body


class _Link(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Between FastStream's subscriber and the crew."""

    def __init__(self, engine: Engine, obstacles: Obstacles) -> None:
        self.crew = Crew(engine, self._seek)
        self._obstacles = obstacles
        self._rest_seconds = engine.rest_seconds
        self._consumer: Any = lambda: None
        self._commit_due = 0.0

    def consumer_of(self, consumer: Any) -> None:
        self._consumer = consumer

    async def parse(self, records: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaMessage:
        # Right after the poll, before anything is waited for: the crew can tell what came before a seek.
        # FastStream's own parser would decode headers as UTF-8, and lose the batch with one that isn't.
        return KafkaMessage(
            raw_message=records,
            body=Batch(records, self.crew.seeks),
            headers={},
            consumer=self._consumer(),
        )

    async def consume(self, batch: Any) -> None:
        # Any, because FastStream would have Pydantic validate each record of anything it knows.
        await self.crew.handle(batch)
        self._obstacles.cleared()
        await self._commit()
        if self._rest_seconds and len(batch.records) < LARGE_BATCH:
            await asyncio.sleep(self._rest_seconds)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self.crew.revoke(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # Let into the group, perhaps without a partition: that says nothing of the topic.
        self._obstacles.admitted()
        await self.crew.assign(assigned)

    async def watch(self) -> None:
        """Has the crew look, again and again, where records that it waits for never come."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await self.crew.look_past(self._is_past)

    async def _is_past(self, tp: TopicPartition, offset: int) -> bool:
        consumer: AIOKafkaConsumer | None = self._consumer()
        try:
            async with asyncio.timeout(WATCH_SECONDS):
                return consumer is not None and await consumer.position(tp) > offset
        except (IllegalStateError, KafkaError, TimeoutError):
            return False

    def _seek(self, tp: TopicPartition, offset: int) -> None:
        consumer: AIOKafkaConsumer | None = self._consumer()
        if consumer is not None:
            # Revoked meanwhile: whoever has it now starts from its checkpoint.
            with suppress(IllegalStateError):
                consumer.seek(tp, offset)

    async def _commit(self) -> None:
        """Tells Kafka how far we are, for those who watch lag with its tools; we never read it back."""
        now = time.monotonic()
        consumer: AIOKafkaConsumer | None = self._consumer()
        if now < self._commit_due or consumer is None:
            return
        self._commit_due = now + COMMIT_SECONDS
        if offsets := self.crew.reached():
            with suppress(KafkaError, IllegalStateError, TimeoutError):
                async with asyncio.timeout(COMMIT_SECONDS):
                    await consumer.commit(offsets)
