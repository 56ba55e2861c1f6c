"""The generations of a projection's tables: one is live, the next may be building, old ones are dropped."""

import re
from dataclasses import dataclass

import asyncpg

from backbone.projecting.checkpoints import fence
from backbone.projecting.projection import Projection
from backbone.projecting.tables import Connection

__all__ = [
    "Generation",
    "add_indexes",
    "begin_building",
    "discard",
    "drop_retired",
    "ensure_live",
    "flip",
    "live",
]

INDEX_SECONDS = 3_600.0

_TABLE = re.compile(r"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\{g\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Generation:
    """``version``: the projection's, by whose code the tables are laid out and filled."""

    number: int
    version: int


async def live(connection: Connection, projection: str) -> Generation | None:
    """The generation that readers see; None before the projection has ever run."""
    row = await connection.fetchrow(
        "SELECT generation, version FROM projection_generations WHERE projection = $1 AND state = 'live'",
        projection,
    )
    return Generation(row["generation"], row["version"]) if row else None


async def ensure_live(connection: Connection, projection: Projection) -> Generation:
    """The live generation; the first one, empty, where there was none."""
    async with connection.transaction():
        await _lock(connection, projection.name)
        if (found := await live(connection, projection.name)) is not None:
            return found
        first = await _create(connection, projection, "live")
        await add_indexes(connection, projection, first)
        return first


async def begin_building(connection: Connection, projection: Projection) -> Generation:
    """A new empty generation beside the live one, without its indexes; a half-built one left by somebody is
    dropped."""
    async with connection.transaction():
        await _lock(connection, projection.name)
        left = await connection.fetchval(
            "SELECT generation FROM projection_generations WHERE projection = $1 AND state = 'building'",
            projection.name,
        )
        if left is not None:
            await discard(connection, projection, left)
        return await _create(connection, projection, "building")


async def add_indexes(connection: Connection, projection: Projection, building: Generation) -> None:
    """What readers will need; who fills the generation waits meanwhile."""
    if projection.indexes:
        indexes = projection.indexes.replace("{g}", f"_g{building.number}")
        await connection.execute(indexes, timeout=INDEX_SECONDS)


async def flip(connection: Connection, projection: Projection, building: Generation) -> bool:
    """Makes ``building`` the live one, if it has come at least as far as the live one has.

    The live checkpoints are locked meanwhile, so nothing is applied to the old generation that the new one
    has not; afterwards its writers are fenced. False: not yet.
    """
    async with connection.transaction():
        await _lock(connection, projection.name)
        current = await live(connection, projection.name)
        if current is not None:
            if await _behind(connection, projection.name, current, building):
                return False
            await connection.execute(
                """
                UPDATE projection_generations SET state = 'retired', retired_at = now()
                WHERE projection = $1 AND generation = $2
                """,
                projection.name,
                current.number,
            )
            await fence(connection, projection.name, current.number)
        await connection.execute(
            "UPDATE projection_generations SET state = 'live' WHERE projection = $1 AND generation = $2",
            projection.name,
            building.number,
        )
        return True


async def discard(connection: Connection, projection: Projection, generation: int) -> None:
    """Drops a generation's tables, checkpoints and dead letters."""
    for table in _TABLE.findall(projection.tables):
        await connection.execute(f'DROP TABLE IF EXISTS "{table}_g{generation}" CASCADE')
    await connection.execute(
        "DELETE FROM projection_generations WHERE projection = $1 AND generation = $2",
        projection.name,
        generation,
    )


async def drop_retired(connection: Connection, projection: Projection) -> None:
    """Drops generations retired for a minute: who still reads one has opened it before that."""
    rows = await connection.fetch(
        """
        SELECT generation FROM projection_generations
        WHERE projection = $1 AND state = 'retired' AND retired_at < now() - interval '1 minute'
        """,
        projection.name,
    )
    for row in rows:
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '500ms'")
                await _lock(connection, projection.name)
                await discard(connection, projection, row["generation"])
        except asyncpg.LockNotAvailableError:
            return


async def _behind(connection: Connection, projection: str, current: Generation, building: Generation) -> bool:
    rows = await connection.fetch(
        """
        SELECT topic, partition, sequence, next_offset FROM projection_checkpoints
        WHERE projection = $1 AND generation = $2 ORDER BY topic, partition FOR UPDATE
        """,
        projection,
        current.number,
    )
    behind = await connection.fetchval(
        """
        SELECT count(*) FROM unnest($3::text[], $4::integer[], $5::bigint[], $6::bigint[])
            AS old (topic, partition, sequence, next_offset)
        LEFT JOIN projection_checkpoints new ON new.projection = $1 AND new.generation = $2
            AND new.topic = old.topic AND new.partition = old.partition
        WHERE old.sequence > coalesce(new.sequence, 0)
            OR (old.sequence = 0 AND old.next_offset > coalesce(new.next_offset, 0))
        """,
        projection,
        building.number,
        [row["topic"] for row in rows],
        [row["partition"] for row in rows],
        [row["sequence"] for row in rows],
        [row["next_offset"] for row in rows],
    )
    return bool(behind)


async def _create(connection: Connection, projection: Projection, state: str) -> Generation:
    number: int = await connection.fetchval(
        """
        INSERT INTO projection_generations (projection, generation, version, state)
        SELECT $1, coalesce(max(generation), 0) + 1, $2, $3
        FROM projection_generations WHERE projection = $1
        RETURNING generation
        """,
        projection.name,
        projection.version,
        state,
    )
    await connection.execute(projection.tables.replace("{g}", f"_g{number}"))
    return Generation(number, projection.version)


async def _lock(connection: Connection, projection: str) -> None:
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.projection.' || $1, 0))",
        projection,
    )
