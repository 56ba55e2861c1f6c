"""Kafka's history read as fast as it goes, by one who is alone with it: for a rebuild.

No consumer group, because nobody shares the partitions. They are read one after the other: so a batch has as
many events of each key as can be, and rows are written once for all of them. The next batch is fetched and
decoded while PostgreSQL writes the one before.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError

from backbone.memory import passing_through
from backbone.projecting.batching import delivered
from backbone.projecting.chores import do_chores
from backbone.projecting.crew import Crew
from backbone.projecting.engine import Engine
from backbone.projecting.listening import Partition
from backbone.projecting.measuring import measure
from backbone.projecting.projection import Projection
from backbone.projecting.worker import Worker
from backbone.relay.tail import Tail

__all__ = ["Reader", "alone", "replaying"]

ALONE_RECORDS = 10_000
"""In a batch, where the process has nothing else to do: some 100 MB."""
FETCH_BYTES = 4 * 1024 * 1024
POLL_MS = 200


@contextmanager
def alone(engine: Engine) -> Iterator[Engine]:
    """Of a process that does nothing else: large batches, which the garbage collector passes by."""
    with passing_through():
        yield replace(engine, batch_records=ALONE_RECORDS)


@asynccontextmanager
async def replaying(
    engine: Engine, ends: Mapping[Partition, Tail], projection: Projection, generation: int
) -> AsyncIterator[Worker]:
    """A worker that gets all records of these partitions, and those that follow, while the block runs.

    Watch its ``stopped``: it is also stopped by what the reader dies of.
    """
    prefix = engine.kafka.topic_prefix
    lasts = {TopicPartition(prefix + topic, n): end.offset for (topic, n), end in sorted(ends.items())}
    consumer = AIOKafkaConsumer(
        **engine.kafka.options(),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )

    def seek(tp: TopicPartition, offset: int) -> None:
        with suppress(IllegalStateError):
            consumer.seek(tp, offset)

    crew = Crew(engine, seek)
    await consumer.start()
    try:
        consumer.assign(list(lasts))
        await crew.assign(lasts)
        worker = await crew.join(projection, generation)
        tasks = [
            asyncio.create_task(Reader(consumer, crew, worker).run(lasts)),
            asyncio.create_task(do_chores(crew)),
            asyncio.create_task(measure(crew, lambda: consumer)),
        ]
        try:
            yield worker
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if worker.stopped.done():
                # Who has been flipped to loses its partitions to the live worker: that is no error any more.
                worker.stopped.exception()
    finally:
        await consumer.stop()


class Reader:
    """Reads ahead of the worker by one batch."""

    def __init__(self, consumer: AIOKafkaConsumer, crew: Crew, worker: Worker) -> None:
        self._consumer = consumer
        self._crew = crew
        self._worker = worker
        self._under_way: asyncio.Task[None] | None = None

    async def run(self, lasts: Mapping[TopicPartition, int]) -> None:
        """Until cancelled. ``lasts``: the last record of each partition, up to which it is read by itself."""
        try:
            for tp, last in lasts.items():
                while await self._consumer.position(tp) <= last and await self.batch([tp], last):
                    pass
            while True:
                await self.batch(list(lasts))
        except Exception as error:
            self._worker.stop(error)
        finally:
            if self._under_way is not None:
                # To its end: a transaction cut off in the middle costs its connection.
                await asyncio.wait([self._under_way])

    async def batch(self, tps: list[TopicPartition], last: int | None = None) -> bool:
        """Has the worker apply the next batch, of which ``last`` is the last record. False: there is none."""
        seeks, records = self._crew.seeks, list[ConsumerRecord[Any, Any]]()
        while room := self._crew.engine.batch_records - len(records):
            found = await self._consumer.getmany(*tps, timeout_ms=POLL_MS, max_records=room)
            if self._crew.seeks != seeks:
                # The consumer was sent back meanwhile: what was read before will come again.
                seeks, records = self._crew.seeks, []
            records += [record for run in found.values() for record in run]
            if not found or last is None or await self._consumer.position(tps[0]) > last:
                break
        poll = delivered(records, self._crew.engine.kafka.topic_prefix)
        if self._under_way is not None:
            # Awaited itself it would be cancelled with us, in the middle of its transaction.
            await asyncio.wait([self._under_way])
            self._under_way.result()
        if records:
            self._under_way = asyncio.create_task(self._crew.take(poll, seeks))
        else:
            await self._crew.look_past(self._is_past)
        return bool(records)

    async def _is_past(self, tp: TopicPartition, offset: int) -> bool:
        return bool(await self._consumer.position(tp) > offset)
