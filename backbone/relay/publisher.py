"""Publishes pages of events in Kafka transactions: all of a page, or nothing of it."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, KafkaError, MessageSizeTooLargeError

from backbone.cloudevents.encode import HeaderEncoder, StoredRow
from backbone.cloudevents.partition import partition_of
from backbone.kafka import Kafka
from backbone.starting import started

if TYPE_CHECKING:
    from backbone.telemetry.traces import Begun, Tracing

__all__ = ["Publisher", "publishing"]

BATCH_BYTES = 512 * 1024
"""Of one record batch at most; a broker takes a mebibyte by default."""
TRANSACTION_SECONDS = 15
"""A transaction that takes longer has failed, and the broker aborts it."""
STOP_SECONDS = 2
"""How long a start under way, and each way of stopping the producer, may take while the broker is away."""


class Publisher:
    """A transactional producer that is ready: whoever had its transactional id before is fenced."""

    def __init__(
        self,
        producer: AIOKafkaProducer,
        encoder: HeaderEncoder,
        topic_prefix: str,
        tracing: "Tracing | None" = None,
    ) -> None:
        self._producer = producer
        self._encoder = encoder
        self._prefix = topic_prefix
        self._tracing = tracing

    async def publish(self, rows: Sequence[StoredRow]) -> None:
        """Appends the events in their order and commits.

        On any error (``KafkaError``, ``TimeoutError``) the transaction's fate is open: close this
        publisher, open another, which settles it, and read the tails.
        """
        spans: list[Begun] = []
        deliveries: list[asyncio.Future[object]] = []
        error: str | None = "unsettled"
        try:
            async with asyncio.timeout(TRANSACTION_SECONDS):
                await self._producer.begin_transaction()
                for (topic, partition), batches in self._batches(rows, spans).items():
                    deliveries += [
                        await self._producer.send_batch(batch, self._prefix + topic, partition=partition)
                        for batch in batches
                    ]
                await asyncio.gather(*deliveries)
                await self._producer.commit_transaction()
            error = None
        except IllegalOperation as broken_off:
            # What Kafka objected to is with the batches sent before; these nobody waits for any more.
            for delivery in deliveries:
                delivery.add_done_callback(_heard)
            raise KafkaError("the transaction has broken off") from broken_off
        finally:
            for span in spans:
                span.end(error=error)

    def _batches(
        self, rows: Sequence[StoredRow], spans: "list[Begun] | None" = None
    ) -> dict[tuple[str, int], list[Any]]:
        batches: dict[tuple[str, int], list[Any]] = defaultdict(list)
        # Real time: Kafka refuses record timestamps far ahead, and a demo's clock may well be.
        now = int(time.time() * 1000)
        for row in rows:
            key = str(row.stream_id)
            partition = partition_of(key)
            target = batches[row.kafka_topic, partition]
            hop = None
            if self._tracing is not None:
                span = self._tracing.send(row.meta.get("traceparent"), row.kafka_topic, partition)
                if span is not None and spans is not None:
                    spans.append(span)
                    hop = span.traceparent
            headers = self._encoder.headers(row, hop)
            if not target or not _append(target[-1], now, key, row, headers):
                target.append(self._producer.create_batch())
                if not _append(target[-1], now, key, row, headers):
                    raise MessageSizeTooLargeError(f"the event at position {row.position}")
        return batches


def _heard(delivery: "asyncio.Future[object]") -> None:
    """Asyncio would log an error that nobody has asked for."""
    if not delivery.cancelled():
        delivery.exception()


def _append(batch: Any, now: int, key: str, row: StoredRow, headers: list[tuple[str, bytes]]) -> bool:
    appended = batch.append(timestamp=now, key=key.encode("ascii"), value=row.state, headers=headers)
    return appended is not None


@asynccontextmanager
async def publishing(
    kafka: Kafka, transactional_id: str, source: str, tracing: "Tracing | None" = None
) -> AsyncIterator[Publisher]:
    """A publisher under ``<topic_prefix><transactional_id>``.

    When it is given, an older producer of that id is fenced and its last transaction settled.
    """
    producer = AIOKafkaProducer(
        **kafka.options(),
        transactional_id=kafka.topic_prefix + transactional_id,
        transaction_timeout_ms=TRANSACTION_SECONDS * 1000,
        max_batch_size=BATCH_BYTES,
        request_timeout_ms=10_000,
    )
    try:
        async with asyncio.timeout(TRANSACTION_SECONDS * 2):
            # The id is initialised in the background; an empty transaction waits for it and sends nothing.
            async with started(producer.start(), patience=STOP_SECONDS), producer.transaction():
                pass
        yield Publisher(producer, HeaderEncoder(source), kafka.topic_prefix, tracing)
    finally:
        await _stop(producer)


async def _stop(producer: AIOKafkaProducer) -> None:
    """Stops it even while the broker is away: what it had not committed is nothing."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await producer.stop()
    except TimeoutError:
        # Its own stop waits for a last flush and knows no haste; these are the steps that come after. They
        # too wait for a broker that takes nothing any more, which would keep the lead from whoever is next.
        await asyncio.wait([asyncio.create_task(_close(producer))], timeout=STOP_SECONDS)


async def _close(producer: AIOKafkaProducer) -> None:
    await producer._sender.close()
    await producer.client.close()
