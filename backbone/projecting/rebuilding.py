"""A projection built anew beside the live one, from the first event on, and put in its place."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from backbone.projecting.engine import Engine
from backbone.projecting.generations import Generation, add_indexes, begin_building, discard, flip, live
from backbone.projecting.helping import Opener, dealt, helping
from backbone.projecting.lag import applied, distance
from backbone.projecting.projection import Projection
from backbone.projecting.replaying import replaying
from backbone.projecting.tables import Connection
from backbone.relay.tail import read_tails
from backbone.store.unavailability import FAILING
from backbone.topics import Topic

__all__ = ["Progress", "RebuildUnderWay", "rebuild"]

LOOK_SECONDS = 0.1


class RebuildUnderWay(Exception):
    """Another process rebuilds this projection now."""


@dataclass(frozen=True, slots=True)
class Progress:
    """``left``: offsets between what is applied and Kafka's end as the rebuild began."""

    left: int
    total: int


async def rebuild(
    engine: Engine,
    projection: Projection,
    progress: Callable[[Progress], None] | None = None,
    helpers: Sequence[Opener] = (),
) -> int:
    """Builds a new generation, flips to it, and gives its number; readers notice nothing.

    Consumes in this process, and in one more for each of ``helpers``, which open the same projection there;
    whoever runs the live generation goes over to the new one by itself. Raises ``RebuildUnderWay``; on any
    failure, a helper's too, the live generation stays.
    """
    async with _alone(engine, projection) as connection:
        ends = await read_tails(engine.kafka, [Topic(name) for name in projection.topics])
        building = await begin_building(connection, projection)
        total = distance(ends, {})
        try:
            own, *others = dealt(ends, 1 + len(helpers))
            async with AsyncExitStack() as stack:
                stopped = [
                    await stack.enter_async_context(helping(opener, building.number, share))
                    for opener, share in zip(helpers, others, strict=True)
                    if share
                ]
                worker = await stack.enter_async_context(replaying(engine, own, projection, building.number))
                stopped.append(worker.stopped)
                indexed = False
                while True:
                    await asyncio.wait(stopped, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                    for each in stopped:
                        if each.done():
                            each.result()
                    left = distance(ends, await applied(connection, projection.name, building.number))
                    if progress is not None:
                        progress(Progress(left, total))
                    if left == 0 and not indexed:
                        await add_indexes(connection, projection, building)
                        indexed = True
                    if left == 0 and await flip(connection, projection, building):
                        return building.number
        except BaseException:
            await asyncio.shield(_give_up(engine, projection, building))
            raise


@asynccontextmanager
async def _alone(engine: Engine, projection: Projection) -> AsyncIterator[Connection]:
    """A connection whose session holds the projection's right to rebuild."""
    name = f"almanac.rebuild.{engine.group}.{projection.name}"
    async with engine.pool.acquire(timeout=10) as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name):
            raise RebuildUnderWay(projection.name)
        try:
            yield connection
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)


async def _give_up(engine: Engine, projection: Projection, building: Generation) -> None:
    """Drops what was half built; when even that can't be done, the next rebuild does."""
    with suppress(*FAILING):
        async with engine.pool.acquire(timeout=5) as connection, connection.transaction():
            current = await live(connection, projection.name)
            if current is None or current.number != building.number:
                await discard(connection, projection, building.number)
