"""One member of a projection's consumer group, as PostgreSQL sees it: owns partitions, applies batches."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Set

from aiokafka import TopicPartition

from backbone.projecting import checkpoints, dead_letters
from backbone.projecting.applying import Key
from backbone.projecting.batching import Batch, fresh
from backbone.projecting.checkpoints import Checkpoint, Lost
from backbone.projecting.committing import Committer, TooManyParked
from backbone.projecting.dead_letters import Parked
from backbone.projecting.engine import Engine
from backbone.projecting.faults import describe
from backbone.projecting.listening import Partition
from backbone.projecting.projection import Projection

__all__ = ["Seek", "Worker"]

logger = logging.getLogger(__name__)

Seek = Callable[[TopicPartition, int], None]

FIRST_PAUSE_SECONDS = 0.05
LAST_PAUSE_SECONDS = 5.0
ALARM_AFTER = 20
"""Failures in a row: about a minute."""


class Worker:
    """Applies what Kafka delivers, exactly once in effect.

    Kafka says which partitions are ours, PostgreSQL says where we are in them and whether they still are.
    ``stopped`` gets an exception when this member must leave and, perhaps, join anew.
    """

    def __init__(self, engine: Engine, projection: Projection, generation: int) -> None:
        self.engine = engine
        self.projection = projection
        self.generation = generation
        self.stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.seeks = 0
        """How often the consumer was repositioned; a poll from before the last time is not applied."""
        self._commit = Committer(projection, generation, engine.max_parked_keys)
        self._turn = asyncio.Lock()
        self._held: dict[Partition, Checkpoint] = {}
        self._unverified: set[Partition] = set()
        self._parked: set[Key] = set()
        self._failures = 0

    @property
    def held(self) -> Mapping[Partition, Checkpoint]:
        """Partitions owned now, and how far they are applied."""
        return self._held

    def stop(self, reason: Exception) -> None:
        """Forgets everything; what still arrives is dropped, to be read again by the next owner."""
        self._held = {}
        if not self.stopped.done():
            self.stopped.set_exception(reason)

    async def revoke(self, revoked: Iterable[TopicPartition]) -> None:
        """Forgets partitions, once the batch under way is done."""
        async with self._turn:
            for tp in revoked:
                self._held.pop(self._partition(tp), None)

    async def assign(self, assigned: Iterable[TopicPartition], seek: Seek) -> None:
        """Begins an epoch for each partition and goes to where its last one ended."""
        ours = [self._partition(tp) for tp in assigned]
        async with self._turn:
            try:
                async with self.engine.pool.acquire(timeout=10) as connection, connection.transaction():
                    name, generation = self.projection.name, self.generation
                    held = await checkpoints.adopt(connection, name, generation, ours)
                    self._parked = await dead_letters.parked_keys(connection, name, generation, ours)
                self._held = dict(held)
                self._go_to_checkpoints(seek)
            except Exception as error:
                # aiokafka would swallow it and go on with partitions that nobody applies.
                self.stop(error)

    async def handle(self, batch: Batch, seek: Seek) -> None:
        """Applies a batch. Whatever fails, a later poll brings again what was not applied."""
        pause = 0.0
        async with self._turn:
            if batch.seeks != self.seeks:
                return
            try:
                await self._apply(batch, seek)
                self._failures = 0
            except (Lost, TooManyParked) as error:
                self.stop(error)
            except Exception as error:
                # FastStream would swallow it and go on behind the records.
                self._go_to_checkpoints(seek)
                pause = self._pause_after(error)
        if pause:
            await asyncio.sleep(pause)

    @property
    def unverified(self) -> Mapping[TopicPartition, int]:
        """Offsets at which Kafka must still show the last record applied, and has not done so yet."""
        prefix = self.engine.kafka.topic_prefix
        return {
            TopicPartition(prefix + topic, number): self._held[topic, number].next_offset - 1
            for topic, number in self._unverified & self._held.keys()
        }

    async def missed(self, passed: Iterable[TopicPartition], seek: Seek) -> None:
        """The consumer has gone past the offsets of these partitions, and nothing was there."""
        async with self._turn:
            missing = {self._partition(tp) for tp in passed} & self._unverified & self._held.keys()
            if missing:
                self.seeks += 1
                self._read_from_start(missing, seek)

    async def retry(self) -> None:
        """Tries again what is set aside of the keys that somebody asked for, where we own them."""
        async with self._turn, self.engine.pool.acquire(timeout=10) as connection:
            wanted = await dead_letters.requested(connection, self.projection.name, self.generation)
            for partition, key in wanted:
                held = self._held.get(partition)
                if held is not None and await self._commit.retry(connection, partition, held, key):
                    self._parked.discard((partition, key))

    async def _apply(self, batch: Batch, seek: Seek) -> None:
        prefix = self.engine.kafka.topic_prefix
        new = fresh(batch.records, self._held, self._unverified, self.projection, prefix)
        if new.moves:
            async with self.engine.pool.acquire(timeout=10) as connection:
                aside = await self._commit.commit(connection, new, self._parked)
            self._held.update({move.partition: move.after for move in new.moves})
            for parked in aside:
                self._report(parked)
        self._unverified -= new.verified
        self._read_from_start(new.replaced, seek)

    def _read_from_start(self, replaced: Set[Partition], seek: Seek) -> None:
        """Sequences tell what of it is applied."""
        self._unverified -= replaced
        for topic, number in replaced:
            self.engine.alarm(f"projection {self.projection.name}: Kafka's log of {topic} is another one")
            seek(TopicPartition(self.engine.kafka.topic_prefix + topic, number), 0)

    def _go_to_checkpoints(self, seek: Seek) -> None:
        """Repositions the consumer at the last record applied in each partition, which must be there."""
        self.seeks += 1
        self._unverified = {p for p, checkpoint in self._held.items() if checkpoint.sequence}
        for (topic, number), checkpoint in self._held.items():
            tp = TopicPartition(self.engine.kafka.topic_prefix + topic, number)
            seek(tp, max(0, checkpoint.next_offset - 1))

    def _pause_after(self, error: Exception) -> float:
        self._failures += 1
        reason = describe(error)
        logger.warning("batch failed", extra={"projection": self.projection.name, "reason": reason})
        if self._failures == ALARM_AFTER:
            self.engine.alarm(f"projection {self.projection.name} does not get on: {reason}")
        return min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures, 10), LAST_PAUSE_SECONDS)

    def _report(self, parked: Parked) -> None:
        item = parked.item
        logger.error(
            "record set aside",
            extra={
                "projection": self.projection.name,
                "topic": item.partition[0],
                "partition": item.partition[1],
                "offset": item.offset,
                "cause": parked.cause,
                "reason": parked.error,
            },
        )

    def _partition(self, tp: TopicPartition) -> Partition:
        return tp.topic.removeprefix(self.engine.kafka.topic_prefix), tp.partition
