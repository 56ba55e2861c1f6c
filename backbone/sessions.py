"""PostgreSQL sessions that a pool hands on; pools whose callers soon learn that the server has stopped."""

import asyncio
from typing import TYPE_CHECKING

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

if TYPE_CHECKING:
    _Pool = asyncpg.Pool[asyncpg.Record]
    _Context = PoolAcquireContext[asyncpg.Record]
else:
    _Pool, _Context = asyncpg.Pool, PoolAcquireContext

__all__ = ["STALLED_SECONDS", "WORKING_SECONDS", "PromptPool", "keep_session"]

WAITING_SECONDS = 2.0
"""How long a caller waits for a connection, be it a free one or a new one."""
WORKING_SECONDS = 3.0
"""How long a caller may use the connection; so nobody waits for longer than both together."""
STALLED_SECONDS = 1.0
"""A call that fails after longer than this was not refused: the server has stopped answering. Whoever waited
behind that call is failed with it, instead of finding out by a call of their own, one after the other."""


async def keep_session(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """A pool's ``reset``: our statements leave nothing behind on a session, and asyncpg's own reset costs a
    round trip each time a connection is given back."""


class PromptPool(_Pool):
    """A pool for work that a caller waits for. It connects when it is first used, and again when it must.

    A server that is frozen, or a network that swallows everything, closes no connection. asyncpg's own
    timeouts then wait once more, for the server to confirm that the statement is cancelled, and nothing
    bounds the time for which callers wait for a connection. Here a connection that is in use for longer than
    ``within`` seconds is dropped, and the statement on it ends with ``ConnectionDoesNotExistError``; a caller
    who gets no connection in time gets ``TimeoutError``.
    """

    __slots__ = ("_within",)

    def __init__(
        self, database_url: str, max_size: int, settings: dict[str, str], within: float = WORKING_SECONDS
    ) -> None:
        """``settings``: the sessions'. To be opened with ``async with``, or awaited."""
        super().__init__(
            database_url,
            min_size=0,
            max_size=max_size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            reset=keep_session,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            # Longer than ``within``, so that it is ``_Turn`` that ends what takes too long.
            timeout=2 * within,
            command_timeout=2 * within,
            server_settings=settings,
        )
        self._within = within

    def acquire(self, *, timeout: float | None = None, within: float | None = None) -> "_Turn":
        """As asyncpg's, with those limits. ``within``: another limit for this one use."""
        waiting = WAITING_SECONDS if timeout is None else timeout
        return _Turn(self, waiting, self._within if within is None else within)


class _Turn(_Context):
    __slots__ = ("_end", "_within")

    def __init__(self, pool: PromptPool, waiting: float, within: float) -> None:
        super().__init__(pool, waiting)
        self._within = within

    async def __aenter__(self) -> "PoolConnectionProxy[asyncpg.Record]":
        connection = await super().__aenter__()
        self._end = asyncio.get_running_loop().call_later(self._within, connection.terminate)
        return connection

    async def __aexit__(self, *error: object) -> None:
        self._end.cancel()
        await super().__aexit__(*error)
