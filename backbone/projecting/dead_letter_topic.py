"""Dead letters on Kafka: ``<topic>.dead-letter``, for whoever watches what could not be processed."""

import asyncpg
from aiokafka import AIOKafkaProducer

from backbone.dead_letters import SUFFIX, Reason
from backbone.privacy.errors import SealBrokenError
from backbone.privacy.letters import LetterSeal
from backbone.projecting.letter_rows import Headers, opened_headers, opened_key
from backbone.projecting.worker import Worker
from backbone.starting import started

__all__ = ["publish_dead_letters"]


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
            async with started(producer.start()):
                for row in rows:
                    key, headers = _as_it_came(row, engine.letters)
                    await producer.send_and_wait(
                        engine.kafka.topic_prefix + row["topic"] + SUFFIX,
                        key=key or row["topic"].encode(),
                        value=row["record_value"],
                        headers=[*headers, *_reason(row).headers()],
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


def _reason(row: asyncpg.Record) -> Reason:
    return Reason(
        row["projection"], row["cause"], row["error"], row["topic"], row["partition"], row["record_offset"]
    )
