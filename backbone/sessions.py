"""PostgreSQL sessions that a pool hands on."""

import asyncpg

__all__ = ["keep_session"]


async def keep_session(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """A pool's ``reset``: our statements leave nothing behind on a session, and asyncpg's own reset costs a
    round trip each time a connection is given back."""
