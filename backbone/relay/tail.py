"""The last record of every partition: what Kafka really has, whatever anybody remembers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from backbone.cloudevents.decode import NotACloudEvent, decode
from backbone.kafka import Kafka
from backbone.starting import started
from backbone.topics import Topic

__all__ = ["Tail", "read_tails"]

DEADLINE_SECONDS = 30.0
"""For reading the tails of all partitions together."""
STOP_SECONDS = 2.0
"""How long who is cancelled waits for a start under way."""
FIRST_STEP = 16
"""How many offsets are looked back at first; eight times as many at each further look."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of one partition, committed records only."""

    start: int
    """Offset of the oldest record kept."""
    end: int
    """Offset after the last; transaction markers count."""
    offset: int = -1
    """Of the last event; -1: there is none."""
    position: int = 0
    sequence: int = 0

    @property
    def emptied(self) -> bool:
        """It had records, and retention has removed them all."""
        return self.offset < 0 and self.end > 0


async def read_tails(kafka: Kafka, topics: Sequence[Topic]) -> Mapping[tuple[str, int], Tail]:
    """Each partition's tail by (unprefixed topic, partition).

    Raises ``KafkaError`` or ``TimeoutError`` when any of them can't be read to its end: half an answer
    would let a relay publish twice.
    """
    consumer = AIOKafkaConsumer(
        **kafka.options(),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=10_000,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        try:
            async with started(consumer.start(), patience=STOP_SECONDS):
                return await _read(consumer, kafka.topic_prefix, topics)
        finally:
            await consumer.stop()


async def _read(
    consumer: AIOKafkaConsumer, prefix: str, topics: Sequence[Topic]
) -> Mapping[tuple[str, int], Tail]:
    partitions = [TopicPartition(prefix + t.name, n) for t in topics for n in range(t.partitions)]
    consumer.assign(partitions)
    starts: dict[TopicPartition, int] = await consumer.beginning_offsets(partitions)
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    tails = {tp: Tail(starts[tp], ends[tp]) for tp in partitions}
    # Markers of transactions take offsets, and an aborted one leaves many: look back ever further.
    unknown = {tp: ends[tp] for tp in partitions if ends[tp] > starts[tp]}
    consumer.pause(*partitions)
    step = FIRST_STEP
    while unknown:
        froms = {tp: max(starts[tp], upto - step) for tp, upto in unknown.items()}
        tails.update(await _last_records(consumer, prefix, froms, unknown, tails))
        unknown = {tp: froms[tp] for tp in unknown if tails[tp].offset < 0 and froms[tp] > starts[tp]}
        step *= 8
    return {(tp.topic.removeprefix(prefix), tp.partition): tail for tp, tail in tails.items()}


async def _last_records(
    consumer: AIOKafkaConsumer,
    prefix: str,
    froms: Mapping[TopicPartition, int],
    upto: Mapping[TopicPartition, int],
    tails: Mapping[TopicPartition, Tail],
) -> dict[TopicPartition, Tail]:
    """The last event of each partition in [from, upto), where there is one."""
    found: dict[TopicPartition, Tail] = {}
    for tp, offset in froms.items():
        consumer.seek(tp, offset)
    reading = set(froms)
    consumer.resume(*reading)
    while reading:
        for tp, records in (await consumer.getmany(*reading, timeout_ms=50)).items():
            for record in records:
                if record.offset < upto[tp] and (tail := _tail(tails[tp], record, prefix)) is not None:
                    found[tp] = tail
        done = {tp for tp in reading if await consumer.position(tp) >= upto[tp]}
        consumer.pause(*done)
        reading -= done
    return found


def _tail(known: Tail, record: object, prefix: str) -> Tail | None:
    try:
        event = decode(record, prefix)  # type: ignore[arg-type] # aiokafka has no types
    except NotACloudEvent:
        return None
    return Tail(known.start, known.end, event.offset, event.position, event.sequence)
