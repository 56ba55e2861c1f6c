"""The register of systems, asked anew for each batch: a withdrawal counts at once."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import asyncpg

from backbone.commanding.retrying import TryAgain
from backbone.commanding.systems import SCHEMA, Connection, System, all_systems, find_systems
from backbone.projecting.tables import Pool
from backbone.store.unavailability import is_unavailability

__all__ = ["Register", "open_register"]


class Register:
    """Who is registered."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, names: Collection[str]) -> Mapping[str, System]:
        """Those of ``names`` that are registered; ``TryAgain`` while PostgreSQL is away."""
        async with self._connection() as connection:
            return await find_systems(connection, names)

    async def names(self) -> Collection[str]:
        """Everybody's; ``TryAgain`` while PostgreSQL is away."""
        async with self._connection() as connection:
            return list(await all_systems(connection))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.acquire(timeout=5) as connection:
                yield connection
        except Exception as error:
            if is_unavailability(error) or isinstance(error, TimeoutError):
                raise TryAgain(type(error).__name__) from error
            raise


@asynccontextmanager
async def open_register(database_url: str) -> AsyncIterator[Register]:
    """Over connections of its own, made at first use."""
    pool = asyncpg.create_pool(
        database_url,
        min_size=0,
        max_size=2,
        timeout=5,
        command_timeout=10,
        server_settings={"search_path": SCHEMA, "application_name": "almanac-systems"},
    )
    async with pool:
        yield Register(pool)
