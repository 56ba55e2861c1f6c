"""A projection built anew beside the live one, from the first event on, and put in its place."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from backbone.projecting.engine import Engine
from backbone.projecting.generations import Generation, begin_building, discard, flip, live
from backbone.projecting.lag import applied, distance
from backbone.projecting.projection import Projection
from backbone.projecting.replaying import replaying
from backbone.projecting.tables import Connection
from backbone.relay.tail import read_tails
from backbone.store.unavailability import FAILING
from backbone.topics import Topic

__all__ = ["ALONE_RECORDS", "Progress", "RebuildUnderWay", "rebuild"]

LOOK_SECONDS = 0.1
ALONE_RECORDS = 10_000
"""In a batch, where the process has nothing else to do: some 100 MB."""


class RebuildUnderWay(Exception):
    """Another process rebuilds this projection now."""


@dataclass(frozen=True, slots=True)
class Progress:
    """``left``: offsets between what is applied and Kafka's end as the rebuild began."""

    left: int
    total: int


async def rebuild(
    engine: Engine, projection: Projection, progress: Callable[[Progress], None] | None = None
) -> int:
    """Builds a new generation, flips to it, and gives its number; readers notice nothing.

    Consumes in this process; whoever runs the live generation goes over to the new one by itself. Raises
    ``RebuildUnderWay``; on any failure the live generation stays.
    """
    async with _alone(engine, projection) as connection:
        ends = await read_tails(engine.kafka, [Topic(name) for name in projection.topics])
        building = await begin_building(connection, projection)
        total = distance(ends, {})
        try:
            async with replaying(engine, ends, projection, building.number) as worker:
                while True:
                    await asyncio.wait([worker.stopped], timeout=LOOK_SECONDS)
                    if worker.stopped.done():
                        worker.stopped.result()
                    left = distance(ends, await applied(connection, projection.name, building.number))
                    if progress is not None:
                        progress(Progress(left, total))
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
