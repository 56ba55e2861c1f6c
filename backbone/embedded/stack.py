"""Both embedded servers on one data directory: what runs where no server is configured."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from backbone.embedded.datadir import DataDir
from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.kafka_jars import Progress
from backbone.embedded.ports import LOOPBACK, is_free
from backbone.embedded.postgres import EmbeddedPostgres, url_of
from backbone.embedded.roles import DATABASE, prepare_database

__all__ = ["Embedded", "Servers", "running_servers"]


@dataclass(frozen=True, slots=True)
class Servers:
    """What was started, and how to reach it."""

    data: DataDir
    postgres: EmbeddedPostgres | None
    kafka: EmbeddedKafka | None
    database_urls: Mapping[str, str]
    """By schema: each for the role that owns it; empty without PostgreSQL."""

    @property
    def database_url(self) -> str | None:
        """The superuser's URL of Almanac's database."""
        return None if self.postgres is None else self.postgres.url_for(DATABASE)

    @property
    def kafka_bootstrap(self) -> str | None:
        """The broker's address."""
        return None if self.kafka is None else self.kafka.bootstrap


def running_servers(folder: Path, schemas: Sequence[str]) -> tuple[dict[str, str], str] | None:
    """URLs by schema, and Kafka's address, of the servers that another process runs on a data directory.

    ``None`` where nothing runs there. The caller must be the directory's owner: it reads its secrets.
    """
    try:
        ports: dict[str, int] = json.loads((folder / "ports.json").read_text())
        passwords: dict[str, str] = json.loads((folder / "secrets" / "roles.json").read_text())
        port, kafka_port = ports["postgres"], ports["kafka"]
        urls = {schema: url_of(port, DATABASE, schema, passwords[schema]) for schema in schemas}
    except (FileNotFoundError, KeyError):
        return None
    if is_free(port) or is_free(kafka_port):
        return None
    return urls, f"{LOOPBACK}:{kafka_port}"


class Embedded:
    """Locks the data directory and runs the servers for the time of the ``async with`` block.

    ``schemas``: each gets its own role. A server that is configured elsewhere is left out.
    """

    def __init__(
        self,
        data_dir: Path,
        schemas: Sequence[str] = (),
        *,
        postgres: bool = True,
        kafka: bool = True,
        progress: Progress | None = None,
    ) -> None:
        self._data = DataDir(data_dir)
        self._schemas = schemas
        self._postgres = EmbeddedPostgres(self._data) if postgres else None
        self._kafka = EmbeddedKafka(self._data, progress) if kafka else None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Servers:
        async with AsyncExitStack() as stack:
            # The lock may have to wait for a killed predecessor's servers.
            await asyncio.to_thread(self._data.__enter__)
            stack.callback(self._data.__exit__, None, None, None)
            urls: dict[str, str] = {}
            starts = [self._start_postgres(stack, urls), self._start_kafka(stack)]
            results = await asyncio.gather(*starts, return_exceptions=True)
            for result in results:
                if result is not None:
                    raise result
            self._stack = stack.pop_all()
        return Servers(self._data, self._postgres, self._kafka, urls)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _start_postgres(self, stack: AsyncExitStack, urls: dict[str, str]) -> None:
        if self._postgres is not None:
            await stack.enter_async_context(self._postgres)
            urls |= await prepare_database(self._postgres, self._data, self._schemas)

    async def _start_kafka(self, stack: AsyncExitStack) -> None:
        if self._kafka is not None:
            await stack.enter_async_context(self._kafka)
