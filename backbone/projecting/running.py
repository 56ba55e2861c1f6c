"""Runs projections for as long as a service's workers run."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from backbone.projecting.checkpoints import Lost
from backbone.projecting.committing import TooManyParked
from backbone.projecting.consuming import consuming
from backbone.projecting.engine import Engine
from backbone.projecting.faults import describe
from backbone.projecting.generations import ensure_live
from backbone.projecting.projection import Projection
from backbone.projecting.rebuilding import RebuildUnderWay, rebuild
from backbone.store.unavailability import FAILING

__all__ = ["run", "running"]

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.05
LAST_PAUSE_SECONDS = 5.0
HALT_SECONDS = 30.0


@asynccontextmanager
async def running(engine: Engine, projections: Sequence[Projection]) -> AsyncIterator[None]:
    """Keeps ``projections`` up to date while the block runs."""
    tasks = [asyncio.create_task(run(engine, p), name=f"projection {p.name}") for p in projections]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run(engine: Engine, projection: Projection) -> None:
    """Until cancelled. Servers that are away, rebalances and flips are waited for and gone along with."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            async with engine.pool.acquire(timeout=10) as connection:
                live = await ensure_live(connection, projection)
            if live.version < projection.version:
                await rebuild(engine, projection)
                continue
            async with consuming(engine, projection, live.number) as worker:
                await worker.stopped
        except Lost:
            pause = FIRST_PAUSE_SECONDS
        except TooManyParked:
            engine.alarm(f"projection {projection.name} stands still: too many keys are set aside")
            pause = HALT_SECONDS
        except RebuildUnderWay:
            pause = 1.0
        except (*FAILING, KafkaError) as error:
            _log(projection, describe(error))
        except Exception as error:
            logger.exception("projection failed", extra={"projection": projection.name})
            _log(projection, describe(error))
        await asyncio.sleep(pause)
        pause = min(pause * 2, LAST_PAUSE_SECONDS)


def _log(projection: Projection, reason: str) -> None:
    logger.warning("projection starts again", extra={"projection": projection.name, "reason": reason})
