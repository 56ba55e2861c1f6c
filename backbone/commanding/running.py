"""Runs a service's command consumer for as long as its workers run."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka.errors import KafkaError

from backbone.alarm import log_alarm
from backbone.backoff import Backoff
from backbone.commanding.batching import Worker
from backbone.commanding.commanding import Commanding
from backbone.commanding.consuming import consuming
from backbone.commanding.executing import Executor
from backbone.commanding.handlers import Commands
from backbone.commanding.naming import command_topic
from backbone.commanding.publishing import publishing
from backbone.commanding.register import Register, open_register
from backbone.commanding.retrying import TryAgain
from backbone.obstacles import Obstacles, needing
from backbone.service import Environment

__all__ = ["running"]

logger = logging.getLogger(__name__)

KNOW_SECONDS = 5.0
"""How often the register is asked who has a topic."""
MEND = "register the system again (almanac system register)"


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
    backoff = Backoff()
    kafka, settings, service = environment.kafka, environment.settings, commands.service
    obstacles = Obstacles(f"{service}'s consumer of commands", kafka, {}, log_alarm, MEND)
    answering = Obstacles(f"{service}'s answers to commands", kafka, {}, log_alarm, MEND)
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
                publishing(kafka, answering) as publisher,
                consuming(
                    Worker(executor, register, publisher), kafka, service, settings.instance, obstacles
                ),
            ):
                await _know_topics(register, obstacles)
        except (KafkaError, OSError, TimeoutError) as error:
            reason = type(error).__name__
            obstacles.refused(error)
        except Exception as error:
            logger.exception("command consumer failed")
            reason = type(error).__name__
        logger.warning("command consumer starts again", extra={"service": service, "reason": reason})
        await backoff.pause()


async def _know_topics(register: Register, obstacles: Obstacles) -> None:
    """Until cancelled: has it known which topics must be there, whoever is registered meanwhile."""
    while True:
        with suppress(TryAgain):
            obstacles.needs = needing(map(command_topic, await register.names()), "Read")
        await asyncio.sleep(KNOW_SECONDS)
