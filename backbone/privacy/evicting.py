"""Keys destroyed by any process leave the memory of every process.

Disclosure does not rely on it: the record of each access says in the same statement whose keys are destroyed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg

from backbone.privacy.vault import DESTROYED_CHANNEL, Vault
from backbone.store.unavailability import FAILING

__all__ = ["evicting"]

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0

_DESTROYED = """
SELECT subject_id FROM vault.data_key WHERE destroyed_at IS NOT NULL AND subject_id = ANY($1::uuid[])
"""


@asynccontextmanager
async def evicting(url: str, vault: Vault) -> AsyncIterator[None]:
    """Hears of destroyed keys while the block runs; a server that is away is waited for."""
    task = asyncio.create_task(_listen(url, vault), name="vault evicting")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(url: str, vault: Vault) -> None:
    while True:
        try:
            connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
                url, timeout=5, server_settings={"application_name": "almanac-privacy-evicting"}
            )
            try:
                await _hear(connection, vault)
            finally:
                connection.terminate()
        except (*FAILING, TimeoutError) as error:
            log.info("destroyed keys are not heard of now", extra={"reason": type(error).__name__})
        await asyncio.sleep(PAUSE_SECONDS)


async def _hear(connection: "asyncpg.Connection[asyncpg.Record]", vault: Vault) -> None:
    ended = asyncio.Event()

    def heard(_connection: Any, _pid: int, _channel: str, subject: object) -> None:
        vault.forget((UUID(str(subject)),))

    def over(_connection: Any) -> None:
        ended.set()

    connection.add_termination_listener(over)
    await connection.add_listener(DESTROYED_CHANNEL, heard)
    # What was destroyed before we listened.
    cached: Iterable[UUID] = vault.cached()
    rows = await connection.fetch(_DESTROYED, list(cached))
    vault.forget([row["subject_id"] for row in rows])
    await ended.wait()
