"""Runs a service's command consumer for as long as its workers run."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from backbone.clock import Clock
from backbone.commanding.batching import Worker
from backbone.commanding.consuming import consuming
from backbone.commanding.executing import Executor
from backbone.commanding.handlers import Commands
from backbone.commanding.keys import CommandKeys
from backbone.commanding.publishing import publishing
from backbone.commanding.register import open_register
from backbone.kafka import Kafka

__all__ = ["Commanding", "running"]

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LAST_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Commanding:
    """What a process needs to take commands from other systems."""

    database_url: str
    """Of the schema ``systems``."""
    keys: CommandKeys


@dataclass(frozen=True, slots=True)
class _Taking:
    commanding: Commanding
    commands: Commands
    kafka: Kafka
    clock: Clock
    source: str
    instance: str | None

    async def run(self) -> None:
        """Until cancelled; Kafka being away does not end it."""
        pause = FIRST_PAUSE_SECONDS
        executor = Executor(
            self.commands, self.commanding.keys, self.clock, self.kafka.topic_prefix, self.source
        )
        service = self.commands.service
        while True:
            try:
                async with (
                    open_register(self.commanding.database_url) as register,
                    publishing(self.kafka) as publisher,
                    consuming(Worker(executor, register, publisher), self.kafka, service, self.instance),
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


@asynccontextmanager
async def running(
    commanding: Commanding | None,
    commands: Commands,
    kafka: Kafka,
    clock: Clock,
    source: str,
    instance: str | None = None,
) -> AsyncIterator[None]:
    """Takes commands while the block runs. ``commanding`` None: this process takes none."""
    if commanding is None:
        yield
        return
    taking = _Taking(commanding, commands, kafka, clock, source, instance)
    task = asyncio.create_task(taking.run(), name=f"{commands.service} commands")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
