"""kill -9 of PostgreSQL under load: nothing acknowledged is lost, nothing is applied twice."""

import asyncio
from pathlib import Path
from uuid import UUID

import asyncpg

from backbone.embedded.datadir import DataDir
from backbone.embedded.postgres import EmbeddedPostgres
from backbone.ids import new_id
from backbone.store.decision import Accepted
from backbone.store.errors import StoreUnavailable
from backbone.store.store import Store
from tests.backbone.store.clinic import clinic_store, migrated
from tests.backbone.store.decisions import book, key
from tests.support.waiting import eventually

CALLERS, KILLS = 32, 3


async def test_every_acknowledged_booking_is_there_once_after_each_kill(server_folder: Path) -> None:
    with DataDir(server_folder / "killed") as data:
        async with EmbeddedPostgres(data) as server:
            connection = await asyncpg.connect(server.url)
            await connection.execute("CREATE DATABASE clinic")
            await connection.close()
            await migrated(server.url_for("clinic"))
            async with clinic_store(server.url_for("clinic")) as store:
                await book_through_kills(store, server)


async def book_through_kills(store: Store, server: EmbeddedPostgres) -> None:
    acknowledged: dict[UUID, int] = {}
    servers = {server.pid}
    done = asyncio.Event()

    async def caller() -> None:
        """Books, and asks again under the same key until it is told."""
        while not done.is_set():
            owner = new_id()
            decision = book(new_id(), owner=owner, key=key(str(owner)))
            while owner not in acknowledged:
                try:
                    outcome = await store.submit(decision)
                except StoreUnavailable:
                    await asyncio.sleep(0.02)
                    continue
                assert isinstance(outcome, Accepted), outcome
                acknowledged[owner] = outcome.position

    callers = [asyncio.create_task(caller()) for _ in range(CALLERS)]
    for _ in range(KILLS):
        before = len(acknowledged)
        await eventually(lambda before=before: len(acknowledged) > before + 300, within=30)  # type: ignore[misc]
        await server.kill()
        await server.restart()
        servers.add(server.pid)
    before = len(acknowledged)
    await eventually(lambda: len(acknowledged) > before + 300, within=30)
    done.set()
    await asyncio.gather(*callers)

    stored = {event.stream_id: event.position for event in await store.notifications(1, 1_000_000)}
    assert stored == acknowledged
    assert sorted(stored.values()) == list(range(1, len(stored) + 1))
    # Callers may have noticed none of it, as the store waits a while for its server; but it did die.
    assert len(servers) == KILLS + 1
