"""Subscribers of FastStream that wait for records, instead of sleeping after each poll that found none."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

__all__ = ["LOOK_MS", "WaitingConsumer", "start_waiting"]

LOOK_MS = 500
"""``batch_timeout_ms`` of subscribers: how often a consumer that waits checks whether it was stopped."""
REFUSED_SECONDS = 0.1
"""After a poll that Kafka refused, how long until the next: each partition is refused by itself."""


class WaitingConsumer(AIOKafkaConsumer):  # type: ignore[misc] # aiokafka has no types
    """Its polls end when there is something, or when it is stopped.

    ``refused`` hears what Kafka objected to: FastStream would tell nobody, and rest for five seconds.
    """

    def __init__(self, *topics: str, refused: Callable[[KafkaError], None], **options: Any) -> None:
        super().__init__(*topics, **options)
        self._refused = refused

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = LOOK_MS, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord[Any, Any]]]:
        """As aiokafka's, but never nothing, and never Kafka's errors. Raises ``ConsumerStoppedError``."""
        found: dict[TopicPartition, list[ConsumerRecord[Any, Any]]] = {}
        while not found:
            try:
                found = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
            except KafkaError as error:
                self._refused(error)
                await asyncio.sleep(REFUSED_SECONDS)
        return found


async def start_waiting(broker: KafkaBroker, refused: Callable[[KafkaError], None]) -> None:
    """Starts the broker with consumers that wait; ``refused`` hears why a poll failed.

    After a poll that found nothing FastStream sleeps for as long as it had polled, and records that come
    meanwhile wait. Short polls would keep that sleep short, but they wake every consumer a hundred times a
    second for nothing.
    """
    await broker.connect()
    config = broker.config.broker_config
    options = config.builder.keywords  # type: ignore[attr-defined] # a partial
    config.builder = partial(WaitingConsumer, refused=refused, **options)
    await broker.start()
