"""The ``eventsourcing`` library's own recorder, in threads: it has no asynchronous interface."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Thread
from time import perf_counter
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from eventsourcing.persistence import StoredEvent

from bench.measuring import Load
from bench.peers.peer import CALLERS, Skipped

__all__ = ["CONNECTIONS", "eventsourcing_recorder"]

CONNECTIONS = 4
"""It locks the table until the commit, so more of them only wait: of 1, 2, 4, 8, 16 and 64 these were
the fastest here."""


class _Recorder:
    def __init__(self, insert: Callable[[StoredEvent], None], state: bytes) -> None:
        self._insert = insert
        self._state = state

    async def append(self, seconds: float) -> Load:
        return await asyncio.to_thread(self._append, seconds)

    def _append(self, seconds: float) -> Load:
        times: list[float] = []
        failed: list[Exception] = []
        end = perf_counter() + seconds

        def call() -> None:
            while (began := perf_counter()) < end:
                try:
                    self._insert(StoredEvent(uuid4(), 1, "almanac.booking.AppointmentBooked.v1", self._state))
                except Exception as error:
                    failed.append(error)
                times.append(perf_counter() - began)

        began = perf_counter()
        threads = [Thread(target=call) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Load.of("eventsourcing", CALLERS, perf_counter() - began, times, len(failed))


@asynccontextmanager
async def eventsourcing_recorder(
    database_url: str, state: bytes, connections: int = CONNECTIONS
) -> AsyncIterator[_Recorder]:
    """On its own tables in that database; ``state``: each event's bytes."""
    try:
        from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
    except ImportError:
        raise Skipped("psycopg is not installed: ./almanac installs it with ./almanac test") from None
    address = urlsplit(database_url)
    datastore = PostgresDatastore(
        address.path.removeprefix("/"),
        address.hostname or "",
        address.port or 5432,
        address.username or "",
        unquote(address.password or ""),
        connect_timeout=30,
        pool_size=connections,
        max_waiting=0,
    )
    with datastore:
        recorder = PostgresApplicationRecorder(datastore)
        await asyncio.to_thread(recorder.create_table)
        yield _Recorder(lambda event: _insert(recorder.insert_events, event), state)


def _insert(insert_events: Callable[[list[StoredEvent]], object], event: StoredEvent) -> None:
    insert_events([event])
