"""A child process that never outlives its owner, whichever way the owner dies."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backbone.embedded import keeper
from backbone.embedded.errors import EmbeddedError

__all__ = ["Kept", "RunAs", "run_tool", "start_kept"]

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class RunAs:
    """The user whose rights a server gets instead of root's."""

    name: str
    uid: int
    gid: int


class Kept:
    """A running child; bound to no event loop, so it may be started in one and stopped in another."""

    def __init__(self, process: subprocess.Popen[bytes], pid: int) -> None:
        self._process = process
        self.pid = pid
        """The server's own process id (its parent, the keeper, has another)."""

    @property
    def running(self) -> bool:
        """False as soon as the server has ended."""
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal through the keeper, who can't mistake another process for the server."""
        if self._process.stdin is None or self._process.stdin.closed:
            return
        try:
            os.write(self._process.stdin.fileno(), bytes([number]))
        except BrokenPipeError:
            return

    async def wait(self, within: float | None = None) -> int:
        """Until it has ended; its status, negative for a signal. ``TimeoutError`` after ``within`` s."""
        deadline = None if within is None else time.monotonic() + within
        while self.running:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.sleep(POLL_SECONDS)
        return self._finish()

    async def end(self, number: signal.Signals, within: float) -> int:
        """Asks it to end with a signal; kills it after ``within`` seconds."""
        self.send(number)
        try:
            return await self.wait(within)
        except TimeoutError:
            self.send(signal.SIGKILL)
            return await self.wait()

    def _finish(self) -> int:
        pipes = (self._process.stdin, self._process.stdout)
        said = b"" if pipes[1] is None or pipes[1].closed else pipes[1].read()
        for pipe in pipes:
            if pipe is not None and not pipe.closed:
                pipe.close()
        words = said.split()
        if b"exit" in words:
            self._status = int(words[words.index(b"exit") + 1])
        return getattr(self, "_status", self._process.returncode)


def start_kept(
    program: Sequence[str],
    *,
    directory: Path,
    log: Path | None,
    death_signal: signal.Signals = signal.SIGKILL,
    run_as: RunAs | None = None,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> Kept:
    """Starts ``program`` (an absolute path and its arguments) in ``directory``.

    Its output goes to the end of ``log``, or to our own standard error. It gets ``death_signal`` when we are
    gone. ``pass_fds`` stay open in the keeper, so that a lock on them is held until the server has ended.
    """
    user = (-1, -1) if run_as is None else (run_as.uid, run_as.gid)
    command = [sys.executable, "-I", "-S", keeper.__file__, str(int(death_signal)), *map(str, user)]
    output = None if log is None else log.open("ab")
    try:
        process = subprocess.Popen(  # noqa: S603 - what our caller asked for, and no shell
            [*command, str(directory), "--", *program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=None if environment is None else dict(environment),
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
    finally:
        if output is not None:
            output.close()
    said = b"" if process.stdout is None else process.stdout.readline()
    if not said.startswith(b"pid "):
        process.communicate()
        raise EmbeddedError(f"could not start {program[0]} in {directory}")
    return Kept(process, int(said.split()[1]))


async def run_tool(
    program: Sequence[str],
    *,
    directory: Path,
    log: Path,
    within: float,
    run_as: RunAs | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Runs a program that ends by itself; its status. ``TimeoutError`` after ``within`` seconds.

    Whoever gives up waiting kills it.
    """
    tool = start_kept(program, directory=directory, log=log, run_as=run_as, environment=environment)
    try:
        return await tool.wait(within)
    except BaseException:
        tool.send(signal.SIGKILL)
        raise
