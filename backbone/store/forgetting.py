"""Deletes what only the past needed: claims and busy bits of days gone by, keys whose time is over."""

import asyncio
from datetime import datetime

from backbone.store.commit import lock_of
from backbone.store.connection import Connection
from backbone.store.slots import SLOTS_PER_WEEK, slot_at

__all__ = ["forget_past"]

# By stretches of pages, not by value: no index has to exist for it, and the lock is held for milliseconds.
PAGES = 64
PAUSE_SECONDS = 0.01

OLD_CLAIMS = "DELETE FROM claims WHERE ctid >= $1 AND ctid < $2 AND slot < $3"
OLD_WEEKS = "DELETE FROM busy_weeks WHERE ctid >= $1 AND ctid < $2 AND week < $3"
OLD_KEYS = "DELETE FROM idempotency WHERE ctid >= $1 AND ctid < $2 AND expires_at < $3"


async def forget_past(connection: Connection, schema: str, before: datetime) -> int:
    """Deletes what ended before then, and expired idempotency keys; returns the number of rows."""
    slot = slot_at(before)
    deleted = 0
    deleted += await _sweep(connection, schema, "claims", OLD_CLAIMS, slot)
    deleted += await _sweep(connection, schema, "busy_weeks", OLD_WEEKS, slot // SLOTS_PER_WEEK)
    # Keys live by the server's time, which also gave them theirs.
    server_now: datetime = await connection.fetchval("SELECT statement_timestamp()")
    deleted += await _sweep(connection, schema, "idempotency", OLD_KEYS, server_now)
    return deleted


async def _sweep(connection: Connection, schema: str, table: str, delete: str, before: int | datetime) -> int:
    pages: int = await connection.fetchval(
        "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint", table
    )
    deleted = 0
    for page in range(0, pages, PAGES):
        async with connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({lock_of(schema)})")
            tag: str = await connection.execute(delete, (page, 0), (page + PAGES, 0), before)
        deleted += int(tag.rpartition(" ")[2])
        await asyncio.sleep(PAUSE_SECONDS)
    return deleted
