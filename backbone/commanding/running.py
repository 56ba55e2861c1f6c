"""Runs a service's command consumer for as long as its workers run."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from backbone.commanding.batching import Worker
from backbone.commanding.commanding import Commanding
from backbone.commanding.consuming import consuming
from backbone.commanding.executing import Executor
from backbone.commanding.handlers import Commands
from backbone.commanding.publishing import publishing
from backbone.commanding.register import open_register
from backbone.service import Environment

__all__ = ["running"]

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LAST_PAUSE_SECONDS = 5.0


@asynccontextmanager
async def running(commands: Commands, environment: Environment) -> AsyncIterator[None]:
    """Takes a service's commands while the block runs, where the process takes any."""
    if environment.commanding is None:
        yield
        return
    work = _take(commands, environment, environment.commanding)
    task = asyncio.create_task(work, name=f"{commands.service} commands")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _take(commands: Commands, environment: Environment, commanding: Commanding) -> None:
    """Until cancelled; Kafka being away does not end it."""
    pause = FIRST_PAUSE_SECONDS
    kafka, settings, service = environment.kafka, environment.settings, commands.service
    executor = Executor(
        commands,
        commanding.keys,
        commanding.owners,
        environment.clock,
        kafka.topic_prefix,
        settings.source,
        environment.metrics.commands(service),
        environment.tracing,
    )
    while True:
        try:
            async with (
                open_register(commanding.database_url) as register,
                publishing(kafka) as publisher,
                consuming(Worker(executor, register, publisher), kafka, service, settings.instance),
            ):
                await asyncio.Event().wait()
        except (KafkaError, OSError, TimeoutError) as error:
            reason = type(error).__name__
        except Exception as error:
            logger.exception("command consumer failed")
            reason = type(error).__name__
        logger.warning("command consumer starts again", extra={"service": service, "reason": reason})
        await asyncio.sleep(pause)
        pause = min(pause * 2, LAST_PAUSE_SECONDS)
