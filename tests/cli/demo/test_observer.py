"""The observer on a real broker: sees what is committed, in order, and knows what it has not seen."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from backbone.kafka import Kafka
from cli.demo.observer import Observer, observing
from tests.cli.demo.records import record

TOPIC = "almanac.booking.appointments"


async def published(kafka: Kafka, stream: UUID, versions: range) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(f"{kafka.topic_prefix}{TOPIC}", 3, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for version in versions:
            event = record(stream, version, {"status": "booked"})
            await producer.send_and_wait(
                f"{kafka.topic_prefix}{TOPIC}", event.value, event.key, headers=list(event.headers.items())
            )


async def test_what_is_published_is_seen_with_unprefixed_topic(kafka: str, topic_prefix: str) -> None:
    at, stream = Kafka(kafka, topic_prefix), uuid4()
    await published(at, stream, range(1, 4))
    async with observing(at, [TOPIC]) as observer:
        await observer.until_seen({stream: 3}, within=20)
    assert [(one.topic, one.stream, one.event) for one in observer.seen] == 3 * [
        (TOPIC, stream, "AppointmentBooked")
    ]
    assert observer.counts == {"AppointmentBooked": 3}


def test_what_a_consumer_set_aside_is_kept_apart() -> None:
    observer = Observer()
    observer.take(replace(record(uuid4(), 1, {}), topic=f"{TOPIC}.dead-letter", headers={}))
    assert (len(observer.seen), len(observer.set_aside)) == (0, 1)


async def test_what_never_comes_is_waited_for_only_so_long() -> None:
    observer, stream = Observer(), uuid4()
    observer.take(record(stream, 1, {}))
    assert observer.lacks({stream: 2}) == [stream]
    with pytest.raises(TimeoutError):
        await observer.until_seen({stream: 2}, within=0.01)
