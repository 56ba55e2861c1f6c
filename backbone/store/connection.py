"""The connections of a store: one that writes, a few that can only read."""

from typing import TypeAlias

import asyncpg

from backbone.sessions import keep_session

__all__ = ["Connection", "connect_writer", "reading_pool"]

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_SECONDS = 3.0
COMMAND_SECONDS = 8.0

WRITING = {
    "application_name": "almanac-store",
    # A frozen process gives the lock back after half a second instead of never.
    "idle_in_transaction_session_timeout": "500ms",
    "lock_timeout": "3s",
    "statement_timeout": "5s",
    # What is acknowledged is on disk, whatever the server's or the role's default is.
    "synchronous_commit": "on",
    # The statements are made for index probes; planning them for each batch anew would cost more than a
    # batch of one.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}


async def connect_writer(database_url: str, schema: str) -> Connection:
    """A connection for batches. Raises OSError, TimeoutError or asyncpg's errors where there is no server."""
    connection: Connection = await asyncpg.connect(
        database_url,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        max_cached_statement_lifetime=0,
        server_settings={**WRITING, "search_path": f'"{schema}"'},
    )
    return connection


async def reading_pool(database_url: str, schema: str, size: int) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool that connects when it is first used, and again whenever a connection is lost."""
    return await asyncpg.create_pool(
        database_url,
        min_size=0,
        max_size=size,
        reset=keep_session,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings={
            "application_name": "almanac-reader",
            "search_path": f'"{schema}"',
            "default_transaction_read_only": "on",
            "statement_timeout": "5s",
            "jit": "off",
        },
    )
