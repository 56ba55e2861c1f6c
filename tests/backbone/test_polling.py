"""Subscribers that wait for records."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker

from backbone.kafka import Kafka
from backbone.polling import WaitingConsumer, start_waiting
from backbone.topics import Topic
from tests.support.on_kafka import create_topics


async def test_a_subscriber_waits_for_records_and_for_nothing_else(kafka: str, topic_prefix: str) -> None:
    topic = Topic("letters", partitions=2)
    await create_topics(Kafka(kafka, topic_prefix), [topic])
    broker = KafkaBroker(kafka, logger=None, apply_types=False, consumer_only=True)
    name = topic_prefix + topic.name
    subscriber = broker.subscriber(name, batch=True, batch_timeout_ms=10, auto_offset_reset="earliest")
    heard: asyncio.Queue[Any] = asyncio.Queue()
    subscriber(heard.put)
    await start_waiting(broker, refused=lambda _error: None)
    try:
        consumer = subscriber.consumer
        # FastStream made ours, so its loop is never told of nothing, which it would rest after.
        assert isinstance(consumer, WaitingConsumer)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await consumer.getmany(timeout_ms=10)
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            for number in range(3):
                await producer.send_and_wait(name, b"%d" % number, partition=number % 2)
                async with asyncio.timeout(10):
                    await heard.get()
    finally:
        async with asyncio.timeout(5):
            await broker.stop()
