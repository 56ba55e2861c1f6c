"""A service's consumer of all command topics, on FastStream."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from backbone.backoff import Backoff
from backbone.commanding.batching import Done, Worker
from backbone.commanding.naming import pattern_of_command_topics
from backbone.kafka import Kafka
from backbone.obstacles import Obstacles
from backbone.polling import LOOK_MS, start_waiting
from backbone.starting import started

__all__ = ["consuming"]

logger = logging.getLogger(__name__)

BATCH_RECORDS = 100
NEW_TOPICS_MS = 1_000
"""How often Kafka is asked for command topics that have come into being."""
SESSION_MS = 10_000
COMMIT_SECONDS = 5.0
"""How long Kafka may take over a commit of offsets."""


@asynccontextmanager
async def consuming(
    worker: Worker, kafka: Kafka, service: str, instance: str | None, obstacles: Obstacles
) -> AsyncIterator[None]:
    """Consumes while the block runs; a batch under way is finished at its end."""
    prefix = kafka.topic_prefix
    group = f"{prefix}almanac.{service}.commands"
    broker = KafkaBroker(
        kafka.bootstrap.split(","),
        security=kafka.security(),
        consumer_only=True,
        allow_auto_create_topics=False,
        metadata_max_age_ms=NEW_TOPICS_MS,
        client_id=group,
        graceful_timeout=20.0,
        # Its logger would hold every record's key; nothing of ours gets as far as its error handling.
        logger=None,
        apply_types=False,
    )
    link = _Link(worker, obstacles)
    subscriber = broker.subscriber(
        pattern=pattern_of_command_topics(prefix),
        group_id=group,
        group_instance_id=instance,
        batch=True,
        batch_timeout_ms=LOOK_MS,
        max_records=BATCH_RECORDS,
        # By hand: FastStream's own ways commit before the work, or when it has failed.
        ack_policy=AckPolicy.MANUAL,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=SESSION_MS // 5,
        # aiokafka's sticky assignor is broken; it has no cooperative one.
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),
        parser=link.parse,
        decoder=_body,
    )
    subscriber(link.consume)
    link.consumer_of(lambda: subscriber.consumer)

    def unheard() -> bool:
        """Whether a registered system's topic is not among those that the pattern has found."""
        consumer: AIOKafkaConsumer | None = subscriber.consumer
        heard = () if consumer is None else consumer.subscription()
        return any(prefix + topic not in heard for topic in obstacles.needs)

    watching = asyncio.create_task(obstacles.watch(unheard))
    try:
        async with started(start_waiting(broker, obstacles.refused)):
            yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await broker.stop()


async def _body(message: KafkaMessage) -> Any:
    return message.body


class _Link:
    """Between FastStream's subscriber and the worker."""

    def __init__(self, worker: Worker, obstacles: Obstacles) -> None:
        self._worker = worker
        self._obstacles = obstacles
        self._consumer: Any = lambda: None
        self._backoff = Backoff(0.05)

    def consumer_of(self, consumer: Any) -> None:
        self._consumer = consumer

    async def parse(self, records: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaMessage:
        # FastStream's own parser would decode headers as UTF-8, and lose the batch with one that isn't.
        return KafkaMessage(raw_message=records, body=_Batch(records), headers={}, consumer=self._consumer())

    async def consume(self, batch: Any) -> None:
        # Any, because FastStream would have Pydantic validate each record of anything it knows.
        try:
            done = await self._worker.work(batch.records)
        except Exception as error:
            # FastStream swallows what is raised here and moves on: nothing may be passed over.
            logger.error("commands could not be worked on: %s", type(error).__name__)
            first = {TopicPartition(r.topic, r.partition): r.offset for r in reversed(batch.records)}
            done = Done({}, first, type(error).__name__)
        self._obstacles.admitted()
        self._go_back(done.again)
        await self._commit(done.offsets)
        if not done.again:
            self._backoff.reset()
            return
        logger.warning("commands are tried again", extra={"reason": done.reason})
        await self._backoff.pause()

    def _go_back(self, again: Mapping[TopicPartition, int]) -> None:
        consumer: AIOKafkaConsumer | None = self._consumer()
        if consumer is None:
            return
        for tp, offset in again.items():
            # Revoked meanwhile: whoever has it now starts from what was committed.
            with suppress(IllegalStateError):
                consumer.seek(tp, offset)

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commits offsets to Kafka; where that fails, some commands come again and get the same answers."""
        consumer: AIOKafkaConsumer | None = self._consumer()
        if consumer is None:
            return
        ours = {tp: offset for tp, offset in offsets.items() if tp in consumer.assignment()}
        if ours:
            with suppress(KafkaError, IllegalStateError, TimeoutError):
                async with asyncio.timeout(COMMIT_SECONDS):
                    await consumer.commit(ours)


class _Batch:
    """Records of one poll, in a shape that FastStream leaves alone."""

    __slots__ = ("records",)

    def __init__(self, records: tuple[ConsumerRecord[Any, Any], ...]) -> None:
        self.records = records
