"""How the fixtures run servers and make databases."""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import asyncpg

from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres

T = TypeVar("T")

__all__ = ["SessionServers", "fresh_database", "run_apart", "temporary_folder"]


@dataclass(frozen=True, slots=True)
class SessionServers:
    """The servers that the whole run shares: whoever stops one starts it again before its test ends."""

    postgres: EmbeddedPostgres
    kafka: EmbeddedKafka


def run_apart(work: Coroutine[object, object, T]) -> T:
    """Runs a coroutine to its end in a loop and thread of its own, beside whatever loop a test has."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder under the system's temporary one, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="almanac-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def fresh_database(server: EmbeddedPostgres) -> AsyncIterator[str]:
    """A new empty database's URL; the database goes afterwards, with whoever is still connected."""
    name = f"test_{secrets.token_hex(6)}"
    await _execute(server, f"CREATE DATABASE {name}")
    try:
        yield server.url_for(name)
    finally:
        if server.running:
            await _execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _execute(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
