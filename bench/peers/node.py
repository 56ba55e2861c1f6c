"""Peers written for Node: installed from their lock on first use, each driven in a process of its own."""

import asyncio
import hashlib
import json
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.measuring import Load
from bench.peers.peer import CALLERS, Skipped

__all__ = ["install_packages", "node_peer"]

HERE = Path(__file__).parent
INSTALL_SECONDS = 300.0
START_SECONDS = 30.0
LINE_BYTES = 64 * 2**20
"""A result has the time of each operation."""


async def install_packages(step: Callable[[str], None]) -> None:
    """``npm ci``, unless it was done for this lock; Skipped where there is no Node or no registry."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Skipped("Node.js is not installed")
    done = HERE / "node_modules" / ".almanac-lock"
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if done.exists() and done.read_text() == lock:
        return
    step("installing the Node peers (npm ci, once)")
    process = await asyncio.create_subprocess_exec(
        npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=HERE, stdout=DEVNULL, stderr=PIPE
    )
    try:
        async with asyncio.timeout(INSTALL_SECONDS):
            _, told = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Skipped(f"npm ci did not end within {INSTALL_SECONDS:.0f} s") from None
    if process.returncode != 0:
        errors = [line for line in told.decode().splitlines() if line.startswith("npm error code")]
        raise Skipped(f"npm ci failed ({' '.join(errors) or f'status {process.returncode}'})")
    done.write_text(lock)


class _NodePeer:
    def __init__(self, name: str, process: Process) -> None:
        self._name = name
        self._process = process

    async def append(self, seconds: float) -> Load:
        assert self._process.stdin is not None
        asked = {"callers": CALLERS, "seconds": seconds}
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        result = await self.told(seconds + START_SECONDS)
        times = [milliseconds / 1000 for milliseconds in result["times"]]
        return Load.of(self._name, CALLERS, result["seconds"], times, result["failures"])

    async def told(self, within: float) -> Any:
        assert self._process.stdout is not None
        async with asyncio.timeout(within):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended with status {await self._process.wait()}")
        return json.loads(line)


@asynccontextmanager
async def node_peer(name: str, script: str, settings: Mapping[str, Any]) -> AsyncIterator[_NodePeer]:
    """The driver ``script`` of this folder, connected and ready; what it complains of goes to our stderr."""
    process = await asyncio.create_subprocess_exec(
        "node",
        script,
        cwd=HERE,
        env={**os.environ, "ALMANAC_BENCH_PEER": json.dumps(settings)},
        stdin=PIPE,
        stdout=PIPE,
        limit=LINE_BYTES,
    )
    try:
        peer = _NodePeer(name, process)
        await peer.told(START_SECONDS)
        yield peer
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(START_SECONDS):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
