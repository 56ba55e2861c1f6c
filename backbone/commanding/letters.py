"""Commands' dead letters: listed from their topics, and sent once more as they had come."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from backbone.commanding.naming import command_topic
from backbone.dead_letters import ERROR, OFFSET, PARTITION, SUFFIX
from backbone.kafka import Kafka
from backbone.topics import Topic

__all__ = ["CommandLetter", "list_command_letters", "send_again"]

READ_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class CommandLetter:
    """A record from a command topic that was no command, or of nobody registered. Its value is not read."""

    system: str
    partition: int
    offset: int
    """Both of the dead letter, and so its name."""
    error: str
    ce_type: str
    ce_id: str
    record_partition: int
    record_offset: int
    """Where the record itself lies in the command topic."""
    parked_at: datetime

    @property
    def name(self) -> str:
        """As ``almanac dead-letter`` calls it."""
        return f"commands.{self.system}/{self.partition}.{self.offset}"


async def list_command_letters(kafka: Kafka) -> list[CommandLetter]:
    """All that Kafka still has (seven days), the oldest first. Raises aiokafka's errors, TimeoutError."""
    form = re.compile(re.escape(kafka.topic_prefix + command_topic("")) + r"([^.]+)" + re.escape(SUFFIX))
    async with _consumer(kafka) as consumer:
        topics = {name: match[1] for name in await consumer.topics() if (match := form.fullmatch(name))}
        places = [
            TopicPartition(topic, number)
            for topic in sorted(topics)
            for number in range(Topic(topic).partitions)
        ]
        letters = [_letter(topics[record.topic], record) for record in await _all_of(consumer, places)]
    return sorted(letters, key=lambda letter: (letter.parked_at, letter.name))


async def send_again(kafka: Kafka, letters: Sequence[CommandLetter]) -> int:
    """Sends each one's record once more on its topic, as it had come; counts those that Kafka still has.

    What was answered under its id before is answered the same again: this is for records whose topic had no
    registered system then, or that a service did not know yet.
    """
    count = 0
    async with _consumer(kafka) as consumer, AIOKafkaProducer(**kafka.options(), acks="all") as producer:
        for letter in letters:
            topic = kafka.topic_prefix + command_topic(letter.system)
            record = await _at(consumer, TopicPartition(topic, letter.record_partition), letter.record_offset)
            if record is not None:
                await producer.send_and_wait(
                    topic,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers),
                    partition=letter.record_partition,
                )
                count += 1
    return count


@asynccontextmanager
async def _consumer(kafka: Kafka) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **kafka.options(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    async with asyncio.timeout(READ_SECONDS), consumer:
        yield consumer


async def _all_of(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]
) -> "list[ConsumerRecord[bytes, bytes]]":
    if not places:
        return []
    starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    left = {place for place in places if starts[place] < ends[place]}
    found: list[ConsumerRecord[bytes, bytes]] = []
    consumer.assign(sorted(left))
    while left:
        for batch in (await consumer.getmany(timeout_ms=100)).values():
            found += batch
        left = {place for place in left if await consumer.position(place) < ends[place]}
    return found


async def _at(
    consumer: AIOKafkaConsumer, place: TopicPartition, offset: int
) -> "ConsumerRecord[bytes, bytes] | None":
    """The record at exactly this place; None where there is none (any more)."""
    if place.partition < 0:
        return None
    start = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    if not start <= offset < end:
        return None
    consumer.assign([place])
    consumer.seek(place, offset)
    record: ConsumerRecord[bytes, bytes] = await consumer.getone()
    return record if record.offset == offset else None


def _letter(system: str, record: "ConsumerRecord[bytes, bytes]") -> CommandLetter:
    headers = {name: value.decode("ascii", "backslashreplace") for name, value in record.headers}
    return CommandLetter(
        system=system,
        partition=record.partition,
        offset=record.offset,
        error=headers.get(ERROR, ""),
        ce_type=headers.get("ce_type", ""),
        ce_id=headers.get("ce_id", ""),
        record_partition=_number(headers.get(PARTITION)),
        record_offset=_number(headers.get(OFFSET)),
        parked_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
    )


def _number(text: str | None) -> int:
    """-1, which no place has, where it says none: a record that is not of ours hides no other."""
    return int(text) if text is not None and text.isdecimal() and len(text) < 19 else -1
