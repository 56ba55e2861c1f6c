"""A whole Almanac as a person starts it: ``almanac up`` in a process of its own."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from backbone.clock import SystemClock
from backbone.web.devtokens import issue_dev_token
from bench.clinic import Clinic, Furnishing, furnish
from bench.connection import Connection
from bench.house import connecting, temporary_data

__all__ = ["Installed", "open_installed"]

HOME = str(Path(__file__).resolve().parents[1])
START_SECONDS = 120.0
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Installed:
    """What runs, and what is needed to book there."""

    root: psutil.Process
    """``almanac up``; everything else is below it."""
    url: str
    token: str
    clinic: Clinic

    def connection(self) -> Connection:
        """Another caller's connection."""
        return connecting(self.url, self.token)


@asynccontextmanager
async def open_installed() -> AsyncIterator[Installed]:
    """On fresh data, with a clinic to book in; stopped as Ctrl-C stops it."""
    with temporary_data() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "cli", "up", "--data", str(folder), "--port", "0",
            env={**os.environ, "ALMANAC_DEV": "1", "PYTHONPATH": HOME},
            stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            async with asyncio.timeout(START_SECONDS):
                url = (await process.stdout.readline()).decode().strip()
            if not url:
                raise RuntimeError("almanac up does not start: see what it says")
            token = issue_dev_token(folder, ["scheduler"], SystemClock())
            clinic = await furnish(lambda: connecting(url, token), Furnishing())
            yield Installed(psutil.Process(process.pid), url, token, clinic)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
