"""Keeps processes and embedded servers running: what dies is started again, at the same address."""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.errors import KafkaError

from backbone.backoff import Backoff
from backbone.embedded import EmbeddedError, EmbeddedKafka, EmbeddedPostgres
from backbone.embedded.lifeline import Kept, start_kept
from backbone.store.unavailability import FAILING
from cli.errors import CliError

__all__ = ["Child", "watch_child", "watch_server"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
STOP_SECONDS = 12.0

Heard = Callable[[str], None]


async def _nothing() -> None:
    return


@dataclass(slots=True)
class Child:
    """One process of Almanac: ``python -m cli`` with these arguments."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    pass_fds: Sequence[int] = ()
    kept: Kept | None = field(default=None, init=False)
    deaths: int = field(default=0, init=False)

    def start(self) -> None:
        """Starts it, bound to our life."""
        self.kept = start_kept(
            [sys.executable, "-P", "-m", "cli", *self.arguments],
            directory=Path("/"),
            log=self.log,
            death_signal=signal.SIGKILL,
            environment=self.environment,
            pass_fds=self.pass_fds,
        )

    async def end(self) -> None:
        """Lets it finish what it accepted."""
        if self.kept is not None:
            await self.kept.end(signal.SIGTERM, STOP_SECONDS)


async def watch_child(child: Child, heard: Heard) -> None:
    """Until cancelled: starts it again whenever it ends."""
    backoff = Backoff()
    while True:
        if child.kept is None or not child.kept.running:
            child.start()
        if child.kept is not None:
            status = await child.kept.wait()
            child.deaths += 1
            heard(f"{child.name} ended with status {status} and is started again; its log: {child.log}")
        await backoff.pause()


async def watch_server(
    server: EmbeddedPostgres | EmbeddedKafka,
    name: str,
    heard: Heard,
    prepare: Callable[[], Awaitable[object]] = _nothing,
) -> None:
    """Until cancelled: starts an embedded server again whenever it ends, and has it prepared.

    ``prepare``: makes what a server that has lost its data lacks (topics, say); what is there, it leaves.
    """
    backoff, prepared = Backoff(), True
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if server.running and prepared:
            backoff.reset()
            continue
        try:
            if not server.running:
                heard(f"{name} ended and is started again")
                prepared = False
                # Stopping who is dead already lets go of its pipes.
                await server.restart()
            await prepare()
            prepared = True
        except (EmbeddedError, CliError, KafkaError, *FAILING) as error:
            heard(f"{name}: {str(error) or type(error).__name__}")
            await backoff.pause()
