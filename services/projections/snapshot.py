"""Several projections read in one consistent view, no older than the reader asks for."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from backbone.projecting import Projection, Tables
from backbone.projecting.positions import decode_position, encode_partitions
from backbone.projecting.reading import TooOld, wait_until
from backbone.projecting.tables import Connection, Pool
from backbone.web.freshness import reading_views

__all__ = ["Snapshot", "snapshot"]

Kind = type[Projection]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tables of some projections at one instant."""

    connection: Connection
    generations: Mapping[str, int]

    def of(self, projection: Kind) -> Tables:
        """The live tables of one of them."""
        return Tables(self.connection, self.generations[projection.name])

    async def position(self, *projections: Kind) -> str:
        """How far these have come: a token that a later read may wait for."""
        rows = await self.connection.fetch(
            """
            SELECT topic, partition, min(sequence) AS sequence
            FROM projection_checkpoints c
            JOIN unnest($1::text[], $2::integer[]) AS g (projection, generation)
                USING (projection, generation)
            WHERE sequence > 0
            GROUP BY topic, partition
            """,
            [each.name for each in projections],
            [self.generations[each.name] for each in projections],
        )
        return encode_partitions((row["topic"], row["partition"], row["sequence"]) for row in rows)


@asynccontextmanager
async def snapshot(
    pool: Pool, *projections: Kind, at_least: str | None = None, within: float = 2.0
) -> AsyncIterator[Snapshot]:
    """Opens them; ``at_least``: a position token, waited for up to ``within`` seconds.

    Raises the problems ``not-yet-visible`` (also before a projection has ever run), ``invalid`` for a token
    that we never gave, and ``unavailable`` where PostgreSQL is away.
    """
    async with reading_views():
        marks = decode_position(at_least) if at_least else ()
        for projection in projections:
            await wait_until(pool, projection, marks, within)
        async with (
            pool.acquire(timeout=within) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield Snapshot(connection, await _live(connection, projections))


async def _live(connection: Connection, projections: tuple[Kind, ...]) -> dict[str, int]:
    rows: Any = await connection.fetch(
        """
        SELECT projection, generation FROM projection_generations
        WHERE state = 'live' AND projection = ANY ($1::text[])
        """,
        [projection.name for projection in projections],
    )
    live = {row["projection"]: row["generation"] for row in rows}
    for projection in projections:
        if projection.name not in live:
            raise TooOld(projection.name)
    return live
