"""kill -9, and a freeze that ends again, of one process or server."""

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import psutil

from tests.support.waiting import eventually

__all__ = ["Victim"]

BACK_SECONDS = 60.0


class Running(Protocol):
    """A child process or an embedded server."""

    @property
    def pid(self) -> int: ...

    @property
    def running(self) -> bool: ...

    def send(self, number: signal.Signals) -> None: ...


@dataclass(frozen=True, slots=True)
class Victim:
    """Somebody whom the supervisor starts again."""

    name: str
    process: Callable[[], Running | None]
    """Who it is now; None: it has not been started yet."""

    async def kill(self) -> None:
        """As ``kill -9`` does; returns when its successor runs (which then has yet to get ready)."""
        old = await eventually(self._pid, within=BACK_SECONDS)
        process = self.process()
        assert process is not None
        process.send(signal.SIGKILL)
        await eventually(lambda: self._pid() not in (None, old), within=BACK_SECONDS)

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        """Stopped in the middle of whatever it does, and let go at the end of the block."""
        await eventually(self._pid, within=BACK_SECONDS)
        stopped = self._family()
        for each in stopped:
            with suppress(psutil.NoSuchProcess):
                each.suspend()
        try:
            yield
        finally:
            for each in stopped:
                with suppress(psutil.NoSuchProcess):
                    each.resume()

    def _pid(self) -> int | None:
        process = self.process()
        return process.pid if process is not None and process.running else None

    def _family(self) -> list[psutil.Process]:
        """PostgreSQL is a process per connection, all of which stop."""
        pid = self._pid()
        if pid is None:
            return []
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(pid)
            return [first, *first.children(recursive=True)]
        return []
