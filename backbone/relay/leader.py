"""One leader per service: who holds a PostgreSQL session's advisory lock and proves to be awake."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import asyncpg

from backbone.store.unavailability import FAILING

__all__ = ["Leader", "LeadershipLost", "leading"]

logger = logging.getLogger(__name__)

PING_SECONDS = 0.3
"""How often the leader shows PostgreSQL that it is awake."""
IDLE_SECONDS = 1
"""The server ends a session that has been silent for so long, and with it the leadership."""
TRY_SECONDS = 0.25
"""How often the others try to become the leader."""


class LeadershipLost(Exception):
    """The session that held the lock is gone: another may lead by now."""


class Leader:
    """The session that holds the lock; it also hears the store's notifications and keeps the cursor."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def listen(self, channel: str, payload: str, heard: Callable[[], None]) -> None:
        """Calls ``heard`` at every notification of ``payload`` on ``channel``."""

        def notified(_connection: object, _pid: int, _channel: str, told: object) -> None:
            if told == payload:
                heard()

        async with self._turn:
            await self._connection.add_listener(channel, notified)

    async def cursor(self, relay: str) -> int:
        """The position noted last; 0: none."""
        async with self._turn:
            value = await self._connection.fetchval(
                "SELECT position FROM relay_cursor WHERE relay = $1", relay
            )
        return int(value or 0)

    async def note(self, relay: str, position: int, at: datetime) -> None:
        """Notes how far the relay has come."""
        async with self._turn:
            await self._connection.execute(
                """
                INSERT INTO relay_cursor (relay, position, noted_at) VALUES ($1, $2, $3)
                ON CONFLICT (relay) DO UPDATE SET position = excluded.position, noted_at = excluded.noted_at
                """,
                relay,
                position,
                at,
            )

    async def during(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs ``work`` while the leadership lasts; ``LeadershipLost`` cancels it."""
        tasks = [asyncio.create_task(work), asyncio.create_task(self._keep())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self) -> None:
        try:
            while True:
                await asyncio.sleep(PING_SECONDS)
                async with self._turn, asyncio.timeout(IDLE_SECONDS):
                    await self._connection.execute("SELECT 1")
        except FAILING as error:
            raise LeadershipLost(type(error).__name__) from error


@asynccontextmanager
async def leading(database_url: str, schema: str, name: str) -> AsyncIterator[Leader]:
    """Waits until this process leads ``name`` in its database, and leads until the block ends.

    The server ends the session after a second without a ping, so a frozen leader loses the lock.
    Raises asyncpg's errors and ``OSError`` when PostgreSQL can't be reached.
    """
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
        database_url,
        timeout=3,
        command_timeout=5,
        server_settings={
            "application_name": "almanac-relay",
            "search_path": f'"{schema}"',
            "idle_session_timeout": f"{IDLE_SECONDS}s",
        },
    )
    try:
        # The lock is in another process's hands: nothing here could tell when it is free.
        while not await _locked(connection, name):  # noqa: ASYNC110 - see above
            await asyncio.sleep(TRY_SECONDS)
        logger.info("relay leads", extra={"relay": name})
        yield Leader(connection)
    finally:
        with suppress(*FAILING):
            await connection.close(timeout=1)
        connection.terminate()


async def _locked(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> bool:
    return bool(await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name))
