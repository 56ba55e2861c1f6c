"""PostgreSQL ends everybody's connection, as a failing network or an administrator would."""

import asyncpg

from tests.chaos.house import House
from tests.chaos.load import Load
from tests.support.waiting import eventually

__all__ = ["cut_again_and_again", "cut_connections"]

CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


async def cut_connections(house: House) -> int:
    """Ends every connection, in whatever it is busy with; how many: 0 where the server is away."""
    try:
        connection = await asyncpg.connect(house.superuser_url, timeout=5)
        try:
            return int(await connection.fetchval(CUT))
        finally:
            await connection.close(timeout=5)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return 0


async def cut_again_and_again(house: House, load: Load, times: int) -> None:
    """Each time as soon as callers have been told of something since: batches of all kinds break off."""
    for _ in range(times):
        told = len(load.ledger.changes)
        await eventually(lambda told=told: len(load.ledger.changes) > told, within=30)  # type: ignore[misc] # bound now
        assert await cut_connections(house)
