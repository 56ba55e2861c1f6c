"""One member of a consumer group, from joining to leaving."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from backbone.obstacles import Obstacles
from backbone.projecting.chores import do_chores
from backbone.projecting.crew import Crew
from backbone.projecting.engine import Engine
from backbone.projecting.subscription import subscribed

__all__ = ["consuming"]


@asynccontextmanager
async def consuming(
    engine: Engine, name: str, topics: Sequence[str], obstacles: Obstacles
) -> AsyncIterator[Crew]:
    """A member of the consumer group ``<prefix>almanac.<service>.<name>``; its crew has yet to come."""
    async with subscribed(engine, name, topics, obstacles) as crew:
        chores = asyncio.create_task(do_chores(crew))
        try:
            yield crew
        finally:
            chores.cancel()
            await asyncio.gather(chores, return_exceptions=True)
