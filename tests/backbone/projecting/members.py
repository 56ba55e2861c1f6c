"""Crews without Kafka, and what their projections' tables show."""

from collections.abc import Sequence
from uuid import UUID

from backbone.projecting import Heard, Tables
from backbone.projecting.crew import Crew
from backbone.projecting.engine import Engine
from backbone.projecting.generations import ensure_live
from backbone.projecting.tables import Pool
from backbone.projecting.worker import Worker
from tests.backbone.projecting.deliveries import Shelf
from tests.backbone.projecting.stays import STAYS, Stays


class Moody(Stays):
    """Fails as often as it is told to."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        await super().fold(heard, tables)
        if self.errors:
            raise self.errors.pop(0)


async def join(crew: Crew, projection: Stays) -> Worker:
    async with crew.engine.pool.acquire() as connection:
        live = await ensure_live(connection, projection)
    return await crew.join(projection, live.number)


async def crew_of(engine: Engine, shelf: Shelf, *projections: Stays) -> Crew:
    """With every partition of the sample's topic."""
    crew = Crew(engine, shelf.seek)
    for projection in projections:
        await join(crew, projection)
    await shelf.assign(crew, STAYS)
    return crew


async def member(engine: Engine, shelf: Shelf, projection: Stays | None = None) -> Crew:
    """A crew of one."""
    return await crew_of(engine, shelf, projection or Stays())


async def shown(pool: Pool, table: str = "stays") -> dict[UUID, tuple[str | None, int]]:
    """Bed and moves by stay, of the first generation."""
    rows = await pool.fetch(f"SELECT * FROM {table}_g1")
    return {row["stay_id"]: (row["bed"], row["moves"]) for row in rows}
