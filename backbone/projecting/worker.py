"""One projection's part in a crew: which partitions it holds, how far each is applied, applying the next."""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Set

from backbone.projecting import checkpoints, dead_letters
from backbone.projecting.applying import Key
from backbone.projecting.batching import Delivered, Fresh, fresh
from backbone.projecting.checkpoints import Checkpoint, Lost
from backbone.projecting.committing import Committer, TooManyParked, suspects
from backbone.projecting.dead_letters import Parked
from backbone.projecting.engine import Engine
from backbone.projecting.faults import describe
from backbone.projecting.listening import Partition
from backbone.projecting.projection import Projection
from backbone.projecting.telling import tell
from backbone.projecting.unsealed_letters import seal_from_before

__all__ = ["Worker"]

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.05
LAST_PAUSE_SECONDS = 5.0
ALARM_AFTER = 20
"""Failures in a row: about a minute."""


class Worker:
    """Applies to one generation of a projection what its crew is given, exactly once in effect.

    Kafka says which partitions are ours, PostgreSQL says where we are in them and whether they still are.
    ``stopped`` gets an exception when this worker must leave and, perhaps, join anew. Its crew calls one
    method at a time.
    """

    def __init__(self, engine: Engine, projection: Projection, generation: int) -> None:
        self.engine = engine
        self.projection = projection
        self.generation = generation
        self.stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.astray: set[Partition] = set()
        """Partitions whose records it must be given again, from its ``place`` on."""
        self.rests_until = 0.0
        """After a failure: by the event loop's clock, when to try again."""
        self._commit = Committer(projection, generation, engine.max_parked_keys, engine.letters)
        self._held: dict[Partition, Checkpoint] = {}
        self._unverified: set[Partition] = set()
        self._anew: set[Partition] = set()
        self._parked: set[Key] = set()
        self._failures = 0
        self._began = 0

    @property
    def held(self) -> Mapping[Partition, Checkpoint]:
        """Partitions owned now, and how far they are applied."""
        return self._held

    @property
    def unverified(self) -> Set[Partition]:
        """Partitions of which Kafka has not shown yet that it still has the last record applied."""
        return self._unverified & self._held.keys()

    def place(self, partition: Partition) -> int | None:
        """The offset to read from: that of the last record applied, or the start; None: not ours."""
        if (checkpoint := self._held.get(partition)) is None:
            return None
        return 0 if partition in self._anew else max(0, checkpoint.next_offset - 1)

    def positioned(self, partition: Partition) -> None:
        """The consumer goes on from our place in it, or from before that."""
        self.astray.discard(partition)
        if partition in self._anew:
            # In a log that is another one, sequences alone tell what is applied.
            self._anew.discard(partition)
            self._unverified.discard(partition)
        elif self._held[partition].sequence:
            self._unverified.add(partition)

    def stop(self, reason: Exception) -> None:
        """Forgets everything; what still arrives is dropped, to be read again by the next owner."""
        self.forget(list(self._held))
        if not self.stopped.done():
            self.stopped.set_exception(reason)

    def forget(self, partitions: Iterable[Partition]) -> None:
        """They have another owner now."""
        for partition in partitions:
            self._held.pop(partition, None)
            self.astray.discard(partition)

    async def adopt(self, partitions: Iterable[Partition]) -> None:
        """Begins an epoch for each partition, to go on where its last one ended."""
        ours = list(partitions)
        name, generation = self.projection.name, self.generation
        try:
            async with self.engine.pool.acquire(timeout=10) as connection, connection.transaction():
                # Epochs are what owners are told apart by, so they are not lost, whatever dies.
                await connection.execute("SET LOCAL synchronous_commit = on")
                held = await checkpoints.adopt(connection, name, generation, ours)
                seal = self.engine.letters
                await seal_from_before(connection, name, generation, ours, seal)
                self._parked = await dead_letters.parked_keys(connection, name, generation, ours)
            self._held = dict(held)
            self.go_back()
        except Exception as error:
            # aiokafka would swallow it and go on with partitions that nobody applies.
            self.stop(error)

    def go_back(self) -> None:
        """Wants to be given again what follows the last record applied, which must be there."""
        self.rests_until = 0.0
        self.astray = set(self._held)

    def look(self, poll: Delivered) -> Fresh:
        """What of a poll is new here."""
        self._began = time.time_ns()
        return fresh(poll, self._held, self._unverified, self.projection)

    def suspects(self, new: Fresh) -> bool:
        """Whether some of it must be set aside."""
        return suspects(new, self._parked, self.engine.letters)

    async def apply(self, new: Fresh) -> None:
        """Applies it in a transaction of its own. Whatever fails, a later poll brings it again."""
        try:
            aside: list[Parked] = []
            if new.moves:
                async with self.engine.pool.acquire(timeout=10) as connection:
                    aside = await self._commit.commit(connection, new, self._parked)
            self.applied(new)
            for parked in aside:
                self._report(parked)
        except (Lost, TooManyParked) as error:
            self.stop(error)
        except Exception as error:
            self.failed(error)

    def applied(self, new: Fresh) -> None:
        """It is committed."""
        self._held.update({move.partition: move.after for move in new.moves})
        self._unverified -= new.verified
        self.begin_anew(new.replaced)
        self._failures = 0
        tell(self.engine, self.projection.name, self.generation, new.items, self._began)

    def failed(self, error: Exception) -> None:
        """It is not committed, and its records are not at fault: to be tried again after a pause."""
        self._failures += 1
        if self.engine.figures is not None:
            self.engine.figures.failed(self.projection.name)
        reason = describe(error)
        logger.warning("batch failed", extra={"projection": self.projection.name, "reason": reason})
        if self._failures == ALARM_AFTER:
            self.engine.alarm(f"projection {self.projection.name} does not get on: {reason}")
        pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures, 10), LAST_PAUSE_SECONDS)
        self.rests_until = asyncio.get_running_loop().time() + pause

    def begin_anew(self, replaced: Iterable[Partition]) -> None:
        """Wants these from their start on: Kafka's log of them is another one than it was."""
        for partition in self._held.keys() & set(replaced):
            name = self.projection.name
            self.engine.alarm(f"projection {name}: Kafka's log of {partition[0]} is another one")
            self._anew.add(partition)
            self.astray.add(partition)

    async def retry(self) -> None:
        """Tries again what is set aside of the keys that somebody asked for, where we own them."""
        async with self.engine.pool.acquire(timeout=10) as connection:
            wanted = await dead_letters.requested(connection, self.projection.name, self.generation)
            for partition, key in wanted:
                held = self._held.get(partition)
                if held is not None and await self._commit.retry(connection, partition, held, key):
                    self._parked.discard((partition, key))

    def _report(self, parked: Parked) -> None:
        item = parked.item
        if self.engine.figures is not None:
            self.engine.figures.parked(self.projection.name, item.partition[0], parked.cause)
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
