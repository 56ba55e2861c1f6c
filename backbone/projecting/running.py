"""Runs projections for as long as a service's workers run."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from backbone.backoff import Backoff
from backbone.obstacles import Obstacles, needing
from backbone.projecting.checkpoints import Lost
from backbone.projecting.committing import TooManyParked
from backbone.projecting.consuming import consuming
from backbone.projecting.crew import Crew
from backbone.projecting.engine import Engine
from backbone.projecting.faults import describe
from backbone.projecting.generations import ensure_live
from backbone.projecting.projection import Projection
from backbone.projecting.rebuilding import RebuildUnderWay, rebuild
from backbone.store.unavailability import FAILING

__all__ = ["running"]

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.05
HALT_SECONDS = 30.0
REBUILD_SECONDS = 1.0
"""How often is asked whether another's rebuild has ended."""


@asynccontextmanager
async def running(engine: Engine, projections: Sequence[Projection]) -> AsyncIterator[None]:
    """Keeps ``projections`` up to date while the block runs.

    Each topic is read once for all that hear it, by a consumer of its own: one that hears several writes
    different rows from each.
    """
    topics = sorted({topic for projection in projections for topic in projection.topics})
    tasks = [
        asyncio.create_task(_read(engine, topic, [p for p in projections if topic in p.topics]), name=topic)
        for topic in topics
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(engine: Engine, topic: str, projections: Sequence[Projection]) -> None:
    """Until cancelled. A Kafka that is away is waited for, and so is one that does not let us read."""
    who = f"{engine.group}'s consumer of {topic}"
    obstacles = Obstacles(who, engine.kafka, needing([topic], "Read"), engine.alarm)
    backoff = Backoff(FIRST_PAUSE_SECONDS)
    while True:
        failed: Exception | None = None
        try:
            async with (
                consuming(engine, topic.removeprefix("almanac."), [topic], obstacles) as crew,
                asyncio.TaskGroup() as tasks,
            ):
                for projection in projections:
                    tasks.create_task(_follow(crew, projection), name=f"projection {projection.name}")
        except (*FAILING, KafkaError) as error:
            extra = {"topic": topic, "reason": describe(error)}
            logger.warning("consumer starts again", extra=extra)
            failed = error
        except Exception:
            logger.exception("consumer failed", extra={"topic": topic})
        await backoff.pause()
        if failed is not None:
            await obstacles.removed(failed)


async def _follow(crew: Crew, projection: Projection) -> None:
    """Until cancelled. Databases that are away, rebalances and flips are waited for and gone along with."""
    engine = crew.engine
    backoff = Backoff(FIRST_PAUSE_SECONDS)
    while True:
        try:
            async with engine.pool.acquire(timeout=10) as connection:
                live = await ensure_live(connection, projection)
            if live.version < projection.version:
                await rebuild(engine, projection)
                continue
            worker = await crew.join(projection, live.number)
            try:
                await worker.stopped
            finally:
                crew.leave(worker)
        except Lost:
            backoff.reset()
        except TooManyParked:
            engine.alarm(f"projection {projection.name} stands still: too many keys are set aside")
            await asyncio.sleep(HALT_SECONDS)
        except RebuildUnderWay:
            backoff.reset()
            await asyncio.sleep(REBUILD_SECONDS)
        except (*FAILING, KafkaError) as error:
            _log(projection, describe(error))
        except Exception as error:
            logger.exception("projection failed", extra={"projection": projection.name})
            _log(projection, describe(error))
        await backoff.pause()


def _log(projection: Projection, reason: str) -> None:
    logger.warning("projection starts again", extra={"projection": projection.name, "reason": reason})
