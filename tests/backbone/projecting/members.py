"""A projection's workers without Kafka: a crew of one, and what its table shows."""

from collections.abc import Sequence
from uuid import UUID

from backbone.projecting import Heard, Tables
from backbone.projecting.crew import Crew
from backbone.projecting.engine import Engine
from backbone.projecting.generations import ensure_live
from backbone.projecting.tables import Pool
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


async def member(engine: Engine, shelf: Shelf, projection: Stays | None = None) -> Crew:
    """A crew of one."""
    projection = projection or Stays()
    async with engine.pool.acquire() as connection:
        live = await ensure_live(connection, projection)
    crew = Crew(engine, shelf.seek)
    await crew.join(projection, live.number)
    await shelf.assign(crew, STAYS)
    return crew


async def shown(pool: Pool) -> dict[UUID, tuple[str | None, int]]:
    return {row["stay_id"]: (row["bed"], row["moves"]) for row in await pool.fetch("SELECT * FROM stays_g1")}
