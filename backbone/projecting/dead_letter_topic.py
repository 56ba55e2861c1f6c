"""Dead letters on Kafka: ``<topic>.dead-letter``, for whoever watches what could not be processed."""

from collections.abc import Iterable

import asyncpg
from aiokafka import AIOKafkaProducer

from backbone.privacy.errors import SealBrokenError
from backbone.privacy.letters import LetterSeal
from backbone.projecting.letter_rows import Headers, opened_headers, opened_key
from backbone.projecting.worker import Worker
from backbone.topics import Topic

__all__ = ["SUFFIX", "dead_letter_topics", "publish_dead_letters"]

SUFFIX = ".dead-letter"
RETENTION_MS = 7 * 24 * 60 * 60 * 1000


def dead_letter_topics(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    """The dead-letter topic of each topic: same partitions, kept for 7 days."""
    return tuple(Topic(topic.name + SUFFIX, topic.partitions, RETENTION_MS) for topic in topics)


async def publish_dead_letters(worker: Worker) -> None:
    """Publishes what the worker's partitions have set aside and not yet published.

    Perhaps twice, when it fails in between: the ``ce_id`` is the same.
    """
    engine = worker.engine
    async with engine.pool.acquire(timeout=10) as connection:
        rows = [row for row in await _unpublished(connection, worker) if _owned(worker, row)]
        if not rows:
            return
        producer = AIOKafkaProducer(**engine.kafka.options(), enable_idempotence=True)
        try:
            # Within: a start that Kafka refuses leaves a connection behind.
            await producer.start()
            for row in rows:
                key, headers = _as_it_came(row, engine.letters)
                await producer.send_and_wait(
                    engine.kafka.topic_prefix + row["topic"] + SUFFIX,
                    key=key or row["topic"].encode(),
                    value=row["record_value"],
                    headers=[*headers, *_reason(row)],
                )
        finally:
            await producer.stop()
        await connection.execute(
            "UPDATE dead_letter SET published_at = now() WHERE id = ANY($1::bigint[])",
            [row["id"] for row in rows],
        )


async def _unpublished(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", worker: Worker
) -> list[asyncpg.Record]:
    return await connection.fetch(
        """
        SELECT * FROM dead_letter
        WHERE projection = $1 AND generation = $2 AND published_at IS NULL
        ORDER BY id LIMIT 100
        """,
        worker.projection.name,
        worker.generation,
    )


def _as_it_came(row: asyncpg.Record, seal: LetterSeal) -> tuple[bytes | None, Headers]:
    """Key and headers as they are on the record's own topic; none where another key file sealed them."""
    try:
        return opened_key(row, seal), opened_headers(row, seal)
    except SealBrokenError:
        return None, ()


def _owned(worker: Worker, row: asyncpg.Record) -> bool:
    return (row["topic"], row["partition"]) in worker.held


def _reason(row: asyncpg.Record) -> list[tuple[str, bytes]]:
    reasons = {
        "dead-letter-consumer": row["projection"],
        "dead-letter-cause": row["cause"],
        "dead-letter-error": row["error"],
        "dead-letter-topic": row["topic"],
        "dead-letter-partition": row["partition"],
        "dead-letter-offset": row["record_offset"],
    }
    return [(name, str(value).encode("ascii", "backslashreplace")) for name, value in reasons.items()]
