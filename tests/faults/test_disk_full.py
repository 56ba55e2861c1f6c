"""The disk under PostgreSQL is full, data and log alike: a clear no meanwhile, and nothing is lost."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from backbone.embedded.datadir import DataDir
from backbone.embedded.postgres import EmbeddedPostgres
from backbone.ids import new_id
from backbone.store.decision import Accepted
from backbone.store.errors import StoreUnavailable
from backbone.store.store import Store
from cli.supervising import watch_server
from tests.backbone.store.clinic import clinic_store, migrated
from tests.backbone.store.decisions import book, key
from tests.support.servers import temporary_folder
from tests.support.waiting import eventually

CALLERS = 16
DISK_BYTES = 192 * 1024 * 1024
NOTE = "x" * 4_000
"""Bookings of some size: what is left of the disk is used up at once."""


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small file system of its own."""
    with temporary_folder() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("a disk that can be filled takes the right to mount one")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_what_was_acknowledged_stands_and_it_goes_on_once_there_is_room(disk: Path) -> None:
    with DataDir(disk) as data:
        async with EmbeddedPostgres(data, {"max_wal_size": "64MB", "min_wal_size": "32MB"}) as server:
            connection = await asyncpg.connect(server.url)
            await connection.execute("CREATE DATABASE clinic")
            await connection.close()
            await migrated(server.url_for("clinic"))
            deaths: list[str] = []
            watching = asyncio.create_task(watch_server(server, "PostgreSQL", deaths.append))
            try:
                async with clinic_store(server.url_for("clinic")) as store:
                    await book_through_a_full_disk(store, disk / "ballast")
            finally:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching


async def book_through_a_full_disk(store: Store, ballast: Path) -> None:
    acknowledged: dict[UUID, int] = {}
    refused: list[StoreUnavailable] = []
    done = asyncio.Event()

    async def caller() -> None:
        """Books, and asks again under the same key until it is told."""
        while not done.is_set():
            owner = new_id()
            decision = book(new_id(), owner=owner, key=key(str(owner)), note=NOTE)
            while owner not in acknowledged:
                try:
                    outcome = await store.submit(decision)
                except StoreUnavailable as error:
                    refused.append(error)
                    await asyncio.sleep(0.05)
                    continue
                assert isinstance(outcome, Accepted), outcome
                acknowledged[owner] = outcome.position

    async with asyncio.TaskGroup() as callers:
        for _ in range(CALLERS):
            callers.create_task(caller())
        await eventually(lambda: len(acknowledged) > 200, within=30)
        await asyncio.to_thread(fill, ballast)
        await eventually(lambda: len(refused) > 3 * CALLERS, within=30)
        assert all(error.retry_after_seconds >= 1 for error in refused)
        await asyncio.to_thread(ballast.unlink)
        enough = len(acknowledged) + 200
        await eventually(lambda: len(acknowledged) > enough, within=60)
        done.set()

    stored = {event.stream_id: event.position for event in await store.notifications(1, 1_000_000)}
    assert stored == acknowledged
    assert sorted(stored.values()) == list(range(1, len(stored) + 1))


def fill(ballast: Path) -> None:
    """Takes all the room there is."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65_536)
