"""One member of one generation's consumer group, from joining to leaving."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backbone.projecting.chores import do_chores
from backbone.projecting.engine import Engine
from backbone.projecting.projection import Projection
from backbone.projecting.subscription import subscribed
from backbone.projecting.worker import Worker

__all__ = ["consuming"]


@asynccontextmanager
async def consuming(engine: Engine, projection: Projection, generation: int) -> AsyncIterator[Worker]:
    """A member of the generation's consumer group; watch its ``stopped``."""
    worker = Worker(engine, projection, generation)
    async with subscribed(worker):
        chores = asyncio.create_task(do_chores(worker))
        try:
            yield worker
        finally:
            chores.cancel()
            await asyncio.gather(chores, return_exceptions=True)
            worker.stopped.cancel()
