"""Stored events, topics and records for tests that need a real Kafka."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from backbone.ids import new_id
from backbone.kafka import Kafka
from backbone.store.committed import CommittedEvent
from backbone.topics import Topic

__all__ = ["Log", "create_topics", "delete_topics", "partition_ends", "read_topics"]

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Log:
    """A store's log in memory: positions and sequences without gaps, as the batch that commits gives them."""

    rows: list[CommittedEvent] = field(default_factory=list)
    versions: dict[UUID, int] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)

    def add(
        self, topic: str, event_type: str, stream_id: UUID | None = None, **fields: Any
    ) -> CommittedEvent:
        """Appends one event."""
        stream_id = stream_id or new_id()
        self.versions[stream_id] = self.versions.get(stream_id, 0) + 1
        self.sequences[topic] = self.sequences.get(topic, 0) + 1
        row = CommittedEvent(
            position=len(self.rows) + 1,
            stream_id=stream_id,
            version=self.versions[stream_id],
            type=event_type,
            state=json.dumps({"timestamp": NOON.isoformat(), **fields}).encode(),
            kafka_topic=topic,
            sequence=self.sequences[topic],
            meta={"auth_type": "user", "auth_id": "u-1", "correlation_id": "c-1"},
            occurred_at=NOON,
            recorded_at=NOON,
        )
        self.rows.append(row)
        return row

    async def notifications(self, start: int, limit: int) -> Sequence[CommittedEvent]:
        return self.rows[start - 1 : start - 1 + limit]


async def create_topics(kafka: Kafka, topics: Collection[Topic]) -> None:
    """Creates those that are not there, and waits until every partition has a leader."""
    admin = AIOKafkaAdminClient(**kafka.options())
    await admin.start()
    try:
        new = [NewTopic(kafka.topic_prefix + topic.name, topic.partitions, 1) for topic in topics]
        response = await admin.create_topics(new)
        for _, code, message in response.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(message)
        await _until_led(admin, [kafka.topic_prefix + topic.name for topic in topics])
    finally:
        await admin.close()


async def _until_led(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    async with asyncio.timeout(10):
        while True:
            described = await admin.describe_topics(list(names))
            if all(
                topic["error_code"] == 0 and all(part["leader"] >= 0 for part in topic["partitions"])
                for topic in described
            ):
                return
            await asyncio.sleep(0.02)


async def delete_topics(kafka: Kafka, topics: Collection[Topic]) -> None:
    """Deletes them and waits until they are gone."""
    admin = AIOKafkaAdminClient(**kafka.options())
    await admin.start()
    try:
        names = [kafka.topic_prefix + topic.name for topic in topics]
        await admin.delete_topics(names)
        async with asyncio.timeout(10):
            while True:
                described = await admin.describe_topics(names)
                if all(topic["error_code"] == UnknownTopicOrPartitionError.errno for topic in described):
                    return
                await asyncio.sleep(0.02)
    finally:
        await admin.close()


async def partition_ends(kafka: Kafka, topics: Collection[Topic]) -> Mapping[TopicPartition, int]:
    """Each partition's end, committed records only."""
    consumer = _consumer(kafka)
    await consumer.start()
    try:
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(_partitions(kafka, topics))
        return ends
    finally:
        await consumer.stop()


async def read_topics(kafka: Kafka, topics: Collection[Topic]) -> list[ConsumerRecord[bytes, bytes]]:
    """Every committed record there is now, partition by partition."""
    consumer = _consumer(kafka)
    await consumer.start()
    try:
        partitions = _partitions(kafka, topics)
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        left = {tp for tp in partitions if ends[tp] > 0}
        records: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]] = {tp: [] for tp in partitions}
        async with asyncio.timeout(20):
            while left:
                for tp, batch in (await consumer.getmany(timeout_ms=50)).items():
                    records[tp] += batch
                left = {tp for tp in left if await consumer.position(tp) < ends[tp]}
        return [record for tp in partitions for record in records[tp]]
    finally:
        await consumer.stop()


def _consumer(kafka: Kafka) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **kafka.options(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )


def _partitions(kafka: Kafka, topics: Collection[Topic]) -> list[TopicPartition]:
    return [TopicPartition(kafka.topic_prefix + t.name, n) for t in topics for n in range(t.partitions)]
