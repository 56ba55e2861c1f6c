"""How far a crew's projections are behind Kafka, and what they have set aside, looked up now and then."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from backbone.projecting.crew import Crew
from backbone.projecting.worker import Worker
from backbone.store.unavailability import FAILING

__all__ = ["measure"]

EVERY_SECONDS = 5.0
PATIENCE_SECONDS = 0.5

PARKED = """
SELECT topic, count(*) AS records FROM dead_letter WHERE projection = $1 AND generation = $2 GROUP BY topic
"""


async def measure(crew: Crew, consumer: Callable[[], AIOKafkaConsumer | None]) -> None:
    """Until cancelled."""
    figures = crew.engine.figures
    while figures is not None:
        await asyncio.sleep(EVERY_SECONDS)
        for worker in list(crew.workers):
            with suppress(KafkaError, TimeoutError, *FAILING):
                lag, parked = await _lag(worker, consumer()), await _parked(worker)
                figures.stands(worker.projection.name, len(worker.held), lag, parked)


async def _lag(worker: Worker, client: AIOKafkaConsumer | None) -> Mapping[str, int]:
    lag = Counter(dict.fromkeys(worker.projection.topics, 0))
    if client is None:
        return lag
    for partition in list(worker.held):
        tp = TopicPartition(worker.engine.kafka.topic_prefix + partition[0], partition[1])
        with suppress(IllegalStateError, AssertionError):  # revoked meanwhile: another's to count
            # Where the consumer is: past markers of transactions, which nothing applies.
            async with asyncio.timeout(PATIENCE_SECONDS):
                place: int | None = await client.position(tp)
            if worker.rests_until:
                place = worker.place(partition)
            if place is not None:
                lag[partition[0]] += max(0, (client.last_stable_offset(tp) or 0) - place)
    return lag


async def _parked(worker: Worker) -> Mapping[str, int]:
    async with worker.engine.pool.acquire(timeout=10) as connection:
        rows = await connection.fetch(PARKED, worker.projection.name, worker.generation)
    found = {row["topic"]: row["records"] for row in rows}
    return {topic: found.get(topic, 0) for topic in worker.projection.topics}
