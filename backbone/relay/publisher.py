"""Publishes pages of events in Kafka transactions: all of a page, or nothing of it."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient

from backbone.cloudevents.encode import HeaderEncoder, StoredRow
from backbone.cloudevents.partition import partition_of
from backbone.kafka import Kafka
from backbone.relay.record_batch import RecordBatch
from backbone.relay.transactions import REQUEST_MS, Transactions, begin

if TYPE_CHECKING:
    from backbone.telemetry.traces import Begun, Tracing

__all__ = ["Publisher", "publishing"]

TRANSACTION_SECONDS = 15
STOP_SECONDS = 2


class Publisher:
    """A transactional producer that is ready: whoever had its transactional id before is fenced."""

    def __init__(
        self,
        transactions: Transactions,
        encoder: HeaderEncoder,
        topic_prefix: str,
        tracing: "Tracing | None" = None,
    ) -> None:
        self._transactions = transactions
        self._encoder = encoder
        self._prefix = topic_prefix
        self._tracing = tracing

    async def publish(self, rows: Sequence[StoredRow]) -> None:
        """Appends the events in their order and commits.

        On any error (``KafkaError``, ``TimeoutError``) the transaction's fate is open: close this
        publisher, open another, which settles it, and read the tails.
        """
        spans: list[Begun] = []
        error: str | None = "unsettled"
        try:
            async with asyncio.timeout(TRANSACTION_SECONDS):
                await self._transactions.commit(self._batches(rows, spans))
            error = None
        finally:
            for span in spans:
                span.end(error=error)

    def _batches(
        self, rows: Sequence[StoredRow], spans: "list[Begun] | None" = None
    ) -> Mapping[TopicPartition, Sequence[RecordBatch]]:
        batches: dict[TopicPartition, list[RecordBatch]] = defaultdict(list)
        # Real time: Kafka refuses record timestamps far ahead, and a demo's clock may well be.
        now = int(time.time() * 1000)
        for row in rows:
            key = str(row.stream_id)
            partition = partition_of(key)
            target = batches[TopicPartition(self._prefix + row.kafka_topic, partition)]
            hop = None
            if self._tracing is not None:
                span = self._tracing.send(row.meta.get("traceparent"), row.kafka_topic, partition)
                if span is not None and spans is not None:
                    spans.append(span)
                    hop = span.traceparent
            headers = self._encoder.headers(row, hop)
            if not target or not target[-1].append(now, key.encode("ascii"), row.state, headers):
                target.append(RecordBatch())
                target[-1].append(now, key.encode("ascii"), row.state, headers)
        return batches


@asynccontextmanager
async def publishing(
    kafka: Kafka, transactional_id: str, source: str, tracing: "Tracing | None" = None
) -> AsyncIterator[Publisher]:
    """A publisher under ``<topic_prefix><transactional_id>``.

    When it is given, an older producer of that id is fenced and its last transaction settled.
    """
    name = kafka.topic_prefix + transactional_id
    client = AIOKafkaClient(**kafka.options(), client_id=name, request_timeout_ms=REQUEST_MS)
    try:
        async with asyncio.timeout(TRANSACTION_SECONDS * 2):
            await client.bootstrap()
            transactions = await begin(client, name, TRANSACTION_SECONDS * 1000)
        yield Publisher(transactions, HeaderEncoder(source), kafka.topic_prefix, tracing)
    finally:
        # A broker that takes nothing any more would keep us, and who leads after us, from going on.
        await asyncio.wait([asyncio.create_task(client.close())], timeout=STOP_SECONDS)
