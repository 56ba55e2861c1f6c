"""What both embedded servers have in common: a life of their own, signals, an end."""

import asyncio
import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from backbone.embedded.datadir import DataDir
from backbone.embedded.errors import EmbeddedError
from backbone.embedded.lifeline import Kept

__all__ = ["EmbeddedServer"]

READY_SECONDS = 60.0
LOOK_SECONDS = 0.03
STOP_SECONDS = 15.0
ATTEMPTS = 5
ATTEMPT_PAUSE_SECONDS = 0.3


class EmbeddedServer(ABC):
    """Runs for the time of the ``async with`` block; ends with us however we end. Keeps its data."""

    title: ClassVar[str]
    """As people call it."""
    end_signal: ClassVar[signal.Signals]
    """Ends it cleanly."""

    def __init__(self, data: DataDir, name: str) -> None:
        """``name``: of its folder in the data directory, and of its log."""
        self._data = data
        self._name = name
        self._folder = data.path / name
        self._log = Path()
        self._process: Kept | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.running

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._started().pid

    async def start(self) -> None:
        """Starts it and waits until it answers; makes its files first where there are none."""
        self._log = self._data.log(self._name)
        await self._prepare()
        for _ in range(ATTEMPTS):
            self._process = await self._launch()
            try:
                if await self._gets_ready():
                    return
            except BaseException:
                await self.kill()
                raise
            # Its port was taken in between, or a killed predecessor has not quite gone yet.
            await self._process.wait()
            await asyncio.sleep(ATTEMPT_PAUSE_SECONDS)
        raise EmbeddedError(f"{self.title} does not start on {self._folder}: see {self._log}")

    async def stop(self) -> None:
        """Ends it cleanly: connections are closed, everything is written."""
        if self._process is not None:
            await self._process.end(self.end_signal, STOP_SECONDS)

    async def kill(self) -> None:
        """Kills it with SIGKILL, as a crash would; for tests of what survives."""
        if self._process is not None:
            self._process.send(signal.SIGKILL)
            await self._process.wait()

    async def restart(self) -> None:
        """Starts it again, at the same address, after ``kill`` or from running."""
        await self.stop()
        await self.start()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to its process, and to no process that this one started."""
        self._started().send(number)

    @abstractmethod
    async def _prepare(self) -> None:
        """Fetches programs, makes files: what a start needs, however often it is tried."""

    @abstractmethod
    async def _launch(self) -> Kept:
        """Chooses the port and starts the process."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether clients can work with it now."""

    def _started(self) -> Kept:
        if self._process is None:
            raise EmbeddedError(f"{self.title} has not been started")
        return self._process

    async def _gets_ready(self) -> bool:
        """Waits until it answers; false if it ended instead."""
        deadline = time.monotonic() + READY_SECONDS
        while self.running:
            if await self._answers():
                return True
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.title} does not answer on port {self.port}")
            await asyncio.sleep(LOOK_SECONDS)
        return False
