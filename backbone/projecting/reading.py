"""How answers are read from a projection: one snapshot of the live generation, no older than asked for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from backbone.projecting.positions import PartitionMark, decode_position
from backbone.projecting.projection import Projection
from backbone.projecting.tables import Connection, Pool, Tables

__all__ = ["NotThere", "ProjectionReader", "TooOld", "wait_until"]

FIRST_PAUSE_SECONDS = 0.004
LAST_PAUSE_SECONDS = 0.05


class TooOld(Exception):
    """The projection has not come as far as the reader asked for (HTTP 503 with Retry-After)."""

    retry_after_seconds = 1


class NotThere(TooOld):
    """The projection has never run."""


@dataclass(frozen=True, slots=True)
class ProjectionReader:
    """Opens a projection for reading. ``projection``: the class or an instance."""

    pool: Pool
    projection: type[Projection] | Projection

    @asynccontextmanager
    async def open(self, at_least: str | None = None, within: float = 2.0) -> AsyncIterator[Tables]:
        """Its tables in one consistent, read-only snapshot.

        ``at_least``: a position token; the snapshot holds everything up to it, or ``TooOld`` after
        ``within`` seconds; ``InvalidPosition`` where it is none.
        """
        marks = decode_position(at_least) if at_least is not None else ()
        if marks:
            await wait_until(self.pool, self.projection, marks, within)
        async with (
            self.pool.acquire(timeout=within) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            generation = await _live(connection, self.projection.name)
            yield Tables(connection, generation)


async def wait_until(
    pool: Pool, projection: type[Projection] | Projection, marks: Sequence[PartitionMark], within: float
) -> None:
    """Waits until the live generation has applied all of ``marks``; ``TooOld`` after ``within`` seconds.

    Marks in topics that the projection doesn't read are no reason to wait.
    """
    wanted = [mark for mark in marks if mark.topic in projection.topics]
    if not wanted:
        return
    pause = FIRST_PAUSE_SECONDS
    try:
        async with asyncio.timeout(within):
            while not await _reached(pool, projection.name, wanted):
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, LAST_PAUSE_SECONDS)
    except TimeoutError:
        raise TooOld(projection.name) from None


async def _reached(pool: Pool, projection: str, marks: Sequence[PartitionMark]) -> bool:
    async with pool.acquire() as connection:
        reached = await connection.fetchval(
            """
            SELECT count(*) FROM unnest($2::text[], $3::integer[], $4::bigint[])
                AS wanted (topic, partition, sequence)
            JOIN projection_generations g ON g.projection = $1 AND g.state = 'live'
            JOIN projection_checkpoints c ON c.projection = g.projection AND c.generation = g.generation
                AND c.topic = wanted.topic AND c.partition = wanted.partition
            WHERE c.sequence >= wanted.sequence
            """,
            projection,
            [mark.topic for mark in marks],
            [mark.partition for mark in marks],
            [mark.sequence for mark in marks],
        )
    return bool(reached == len(marks))


async def _live(connection: Connection, projection: str) -> int:
    try:
        generation = await connection.fetchval(
            "SELECT generation FROM projection_generations WHERE projection = $1 AND state = 'live'",
            projection,
        )
    except asyncpg.UndefinedTableError:
        generation = None
    if generation is None:
        raise NotThere(projection)
    return int(generation)
