"""The projections that are read for by one consumer: each record is fetched and looked at once for all."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from aiokafka import TopicPartition

from backbone.projecting import checkpoints
from backbone.projecting.applying import apply_all
from backbone.projecting.batching import Batch, Delivered, Fresh, delivered
from backbone.projecting.checkpoints import Lost
from backbone.projecting.engine import Engine
from backbone.projecting.faults import is_fault_of_data
from backbone.projecting.listening import Partition
from backbone.projecting.projection import NotNow, Projection
from backbone.projecting.worker import Worker

__all__ = ["Crew", "Place", "Seek"]

TOGETHER_SECONDS = 0.01
"""Who may go on so soon goes on at once, with the others."""

Seek = Callable[[TopicPartition, int], None]
Place = tuple[Worker, TopicPartition]


class Crew:
    """Hands each poll to its workers, and has the consumer go back for whoever needs records again.

    The usual case is one transaction for all: their checkpoints, their tables. Where anything stands in its
    way each worker applies the poll by itself, so that none depends on another's luck. Who waits for a
    collaborator is passed by meanwhile, and the consumer goes back for it.
    """

    def __init__(self, engine: Engine, seek: Seek) -> None:
        self.engine = engine
        self.workers: list[Worker] = []
        self.seeks = 0
        """How often the consumer was repositioned; a poll from before the last time is not applied."""
        self._seek = seek
        self._assigned: set[TopicPartition] = set()
        self._passed: set[Place] = set()
        self._turn = asyncio.Lock()

    async def join(self, projection: Projection, generation: int) -> Worker:
        """Adds a worker; watch its ``stopped``."""
        worker = Worker(self.engine, projection, generation)
        async with self._turn:
            self.workers.append(worker)
            if self._assigned:
                await worker.adopt(map(self._partition, self._assigned))
                self._reposition()
        return worker

    def leave(self, worker: Worker) -> None:
        """Takes a worker out."""
        self.workers.remove(worker)
        worker.stopped.cancel()

    async def revoke(self, revoked: Iterable[TopicPartition]) -> None:
        """Forgets partitions, once the batch under way is done."""
        async with self._turn:
            gone = set(revoked)
            self._assigned -= gone
            for worker in self.workers:
                worker.forget(map(self._partition, gone))

    async def assign(self, assigned: Iterable[TopicPartition]) -> None:
        """Takes partitions over for every worker, and goes to where the one least far is."""
        async with self._turn:
            self._assigned = set(assigned)
            for worker in self.workers:
                await worker.adopt(map(self._partition, self._assigned))
            self._reposition()

    async def handle(self, batch: Batch) -> None:
        """Applies a batch. Whatever fails, a later poll brings again what was not applied."""
        await self.take(delivered(batch.records, self.engine.kafka.topic_prefix), batch.seeks)

    async def take(self, poll: Delivered, seeks: int) -> None:
        """The same, of a batch that is decoded already."""
        async with self._turn:
            if seeks != self.seeks:
                return
            new = [(worker, worker.look(poll)) for worker in self._ready()]
            if not await self._together(new):
                for worker, its in new:
                    await worker.apply(its)
            self._reposition()
        await self._rest()

    async def look_past(self, is_past: Callable[[TopicPartition, int], Awaitable[bool]]) -> None:
        """Begins places anew where the last record applied never comes, seen twice in a row to be sure.

        Where it was stands a transaction's marker now, say; then nothing at all is delivered. ``is_past``:
        whether the consumer has gone beyond an offset.
        """
        places = self.unverified.items()
        passed = {place for place, offset in places if await is_past(place[1], offset)}
        await self.missed(passed & self._passed)
        self._passed = passed

    async def missed(self, places: Iterable[Place]) -> None:
        """The consumer has gone past the last record applied by these, and nothing was there.

        Also goes back for who has rested enough.
        """
        async with self._turn:
            for worker, tp in places:
                if self._partition(tp) in worker.unverified:
                    worker.begin_anew([self._partition(tp)])
            self._reposition()

    @property
    def unverified(self) -> Mapping[Place, int]:
        """Offsets at which Kafka must still show the last record applied, and has not done so yet."""
        return {
            (worker, self._tp(partition)): worker.held[partition].next_offset - 1
            for worker in self._ready()
            for partition in worker.unverified
        }

    def reached(self) -> dict[TopicPartition, int]:
        """The offset up to which all have applied each partition that they hold."""
        held = [worker.held for worker in self.workers]
        return {
            self._tp(partition): min(each[partition].next_offset for each in held if partition in each)
            for partition in {partition for each in held for partition in each}
        }

    async def retry(self, worker: Worker) -> None:
        """See `Worker.retry`."""
        async with self._turn:
            await worker.retry()

    async def _together(self, new: Sequence[tuple[Worker, Fresh]]) -> bool:
        """One transaction for all. False: nothing is written, and each must try by itself."""
        moving = [(worker, its) for worker, its in new if its.moves]
        if len(moving) < 2 or any(worker.suspects(its) for worker, its in moving):
            return False
        moves = [(worker.projection.name, worker.generation, its.moves) for worker, its in moving]
        try:
            async with self.engine.pool.acquire(timeout=10) as connection, connection.transaction():
                await checkpoints.advance(connection, moves)
                for worker, its in moving:
                    await apply_all(worker.projection, connection, worker.generation, its.items)
        except Exception as error:
            if isinstance(error, Lost | NotNow) or is_fault_of_data(error):
                return False
            for worker, its in new:
                worker.failed(error) if its.moves else worker.applied(its)
            return True
        for worker, its in new:
            worker.applied(its)
        return True

    def _ready(self) -> list[Worker]:
        """Who is not waiting for another try."""
        return [worker for worker in self.workers if not worker.rests_until]

    def _reposition(self) -> None:
        """Where anybody needs records again, the consumer goes to the place of who is least far.

        The others know those before their own place; and that their own is as it was, they see again. All
        partitions go there, not only those in question: a batch that was read before is dropped as a whole.
        """
        now = asyncio.get_running_loop().time()
        for worker in self.workers:
            if 0 < worker.rests_until <= now + TOGETHER_SECONDS:
                worker.go_back()
        ready = self._ready()
        if not any(worker.astray for worker in ready):
            return
        for partition in {partition for worker in ready for partition in worker.held}:
            places = {w: place for w in ready if (place := w.place(partition)) is not None}
            self._seek(self._tp(partition), min(places.values()))
            self.seeks += 1
            for worker in places:
                worker.positioned(partition)

    async def _rest(self) -> None:
        """While everybody waits for another try there is nothing to poll for."""
        if self.workers and not self._ready():
            first = min(worker.rests_until for worker in self.workers)
            await asyncio.sleep(max(0.0, first - asyncio.get_running_loop().time()))
            await self.missed(())

    def _partition(self, tp: TopicPartition) -> Partition:
        return tp.topic.removeprefix(self.engine.kafka.topic_prefix), tp.partition

    def _tp(self, partition: Partition) -> TopicPartition:
        return TopicPartition(self.engine.kafka.topic_prefix + partition[0], partition[1])
