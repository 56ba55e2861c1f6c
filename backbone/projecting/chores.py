"""What a crew does beside consuming: retries that were asked for, dead letters to Kafka, old tables."""

import asyncio
import logging

from aiokafka.errors import KafkaError

from backbone.dead_letters import SUFFIX
from backbone.obstacles import Obstacles, needing
from backbone.projecting.checkpoints import Lost
from backbone.projecting.crew import Crew
from backbone.projecting.dead_letter_topic import publish_dead_letters
from backbone.projecting.faults import describe
from backbone.projecting.generations import drop_retired
from backbone.projecting.worker import Worker
from backbone.store.unavailability import FAILING

__all__ = ["do_chores"]

logger = logging.getLogger(__name__)

EVERY_SECONDS = 0.5


async def do_chores(crew: Crew) -> None:
    """For ever; a worker whose generation is retired is stopped."""
    engine = crew.engine
    obstacles = Obstacles(f"{engine.group}'s dead letters", engine.kafka, {}, engine.alarm)
    while True:
        for worker in list(crew.workers):
            await _do_chores_of(crew, worker, obstacles)
        await asyncio.sleep(EVERY_SECONDS)


async def _do_chores_of(crew: Crew, worker: Worker, obstacles: Obstacles) -> None:
    try:
        if await _round(crew, worker):
            # Its letters went out; another worker's topics may still be forbidden.
            await obstacles.look()
    except Lost as error:
        worker.stop(error)
    except (*FAILING, KafkaError) as error:
        extra = {"projection": worker.projection.name, "reason": type(error).__name__}
        logger.warning("chores put off", extra=extra)
        if isinstance(error, KafkaError):
            topics = [topic + SUFFIX for topic in worker.projection.topics]
            # All workers' together, so that two who wait do not take turns in saying so.
            obstacles.needs = {**obstacles.needs, **needing(topics, "Write")}
            await obstacles.look()
    except Exception as error:
        # A collaborator that the retry asked for something; its message may quote what it was given.
        extra = {"projection": worker.projection.name, "reason": describe(error)}
        logger.error("chores failed", extra=extra)


async def _round(crew: Crew, worker: Worker) -> bool:
    """Whether dead letters were published."""
    async with worker.engine.pool.acquire(timeout=10) as connection:
        row = await connection.fetchrow(
            """
            SELECT g.state,
                EXISTS (SELECT FROM dead_letter d WHERE d.projection = $1 AND d.generation = $2
                    AND d.retry_requested_at IS NOT NULL) AS retry,
                EXISTS (SELECT FROM dead_letter d WHERE d.projection = $1 AND d.generation = $2
                    AND d.published_at IS NULL) AS publish,
                EXISTS (SELECT FROM projection_generations r WHERE r.projection = $1
                    AND r.state = 'retired' AND r.retired_at < now() - interval '1 minute') AS drop
            FROM projection_generations g WHERE g.projection = $1 AND g.generation = $2
            """,
            worker.projection.name,
            worker.generation,
        )
        if row is None or row["state"] == "retired":
            raise Lost
        if row["drop"]:
            await drop_retired(connection, worker.projection)
    if row["retry"]:
        await crew.retry(worker)
    if row["publish"]:
        await publish_dead_letters(worker)
    return bool(row["publish"])
