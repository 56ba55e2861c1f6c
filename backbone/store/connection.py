"""The connections of a store: one that writes, a few that can only read."""

from typing import TypeAlias

import asyncpg

from backbone.sessions import PromptPool

__all__ = ["Connection", "connect_writer", "reading_pool"]

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_SECONDS = 3.0

WRITING = {
    "application_name": "almanac-store",
    # A frozen process gives the lock back after half a second instead of never.
    "idle_in_transaction_session_timeout": "500ms",
    "lock_timeout": "2500ms",
    # The end of what runs on for somebody who has dropped the connection.
    "statement_timeout": "3s",
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
        # The server's own limits come first; who waits for an answer has a limit of its own (Writer).
        command_timeout=8,
        max_cached_statement_lifetime=0,
        server_settings={**WRITING, "search_path": f'"{schema}"'},
    )
    return connection


def reading_pool(database_url: str, schema: str, size: int) -> PromptPool:
    """A pool that can only read."""
    settings = {
        "application_name": "almanac-reader",
        "search_path": f'"{schema}"',
        "default_transaction_read_only": "on",
        "statement_timeout": "5s",
        "jit": "off",
    }
    return PromptPool(database_url, size, settings)
