"""The vault's own small connection pool, and what counts as the database being away."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

import asyncpg

from backbone.privacy.errors import VaultUnavailableError
from backbone.sessions import WORKING_SECONDS, PromptPool
from backbone.store.unavailability import is_unavailability

__all__ = ["Pool", "open_pool", "translated"]

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@contextmanager
def translated() -> Iterator[None]:
    """Turns "the database is away or overloaded" into ``VaultUnavailableError``; other errors pass."""
    try:
        yield
    except Exception as error:
        if not is_unavailability(error):
            raise
        raise VaultUnavailableError(f"the vault can't be reached ({type(error).__name__})") from None


@asynccontextmanager
async def open_pool(url: str, *, max_size: int = 4, within: float = WORKING_SECONDS) -> AsyncIterator[Pool]:
    """A pool for the vault. It connects at first use: a process may start while PostgreSQL is still away."""
    settings = {"application_name": "almanac-privacy", "idle_in_transaction_session_timeout": "5000"}
    async with PromptPool(url, max_size, settings, within) as pool:
        yield pool
