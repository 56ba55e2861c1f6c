"""Keeps the writing connection alive, and finds out what became of a batch whose commit was not answered."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from backbone.store.commit import Batch, Committed, Committer, CommitUnanswered, is_committed
from backbone.store.connection import Connection
from backbone.store.errors import StoreUnavailable
from backbone.store.unavailability import is_unavailability

__all__ = ["Writer"]

logger = logging.getLogger(__name__)

_ATTEMPTS = 3
_SETTLE_SECONDS = 10.0
_SETTLE_PAUSE_SECONDS = 0.1


class Writer:
    """Runs batches, one at a time, through a connection that it makes anew whenever it is lost."""

    def __init__(self, committer: Committer, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._committer = committer
        self._connect = connect
        self._connection: Connection | None = None

    async def run(self, batch: Batch, due: Sequence[UUID] = ()) -> Committed:
        """What became of the batch; durable on return.

        Raises StoreUnavailable where PostgreSQL is down or stuck. Whatever else is raised comes of what is
        in the batch, of which then nothing is committed.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._committer.commit(await self._connected(), batch, due)
            except CommitUnanswered as unanswered:
                if await self._settle(unanswered):
                    return unanswered.committed
            except Exception as error:
                alive = await self._recover()
                if not is_unavailability(error):
                    raise
                if alive or attempt == _ATTEMPTS or isinstance(error, ConnectionRefusedError):
                    raise StoreUnavailable(f"PostgreSQL: {type(error).__name__}") from error
                logger.warning("connection to PostgreSQL lost before a commit: %s", type(error).__name__)
        raise StoreUnavailable("PostgreSQL lost every attempt at a commit")

    async def close(self) -> None:
        """Lets the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.close(timeout=1)

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    async def _recover(self) -> bool:
        """Ends a transaction that failed; whether the connection has survived."""
        connection = self._connection
        if connection is not None and not connection.is_closed():
            with contextlib.suppress(Exception):
                await connection.execute("ROLLBACK", timeout=1)
                return True
        self._drop()
        return False

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _settle(self, unanswered: CommitUnanswered) -> bool:
        """Asks, on a new connection, whether the batch is in the tables."""
        self._drop()
        logger.warning("connection to PostgreSQL lost during a commit: reading back")
        if unanswered.proof is None:
            return False
        deadline = asyncio.get_running_loop().time() + _SETTLE_SECONDS
        while True:
            try:
                return await is_committed(await self._connected(), self._committer.schema, unanswered.proof)
            except Exception as error:
                self._drop()
                if not is_unavailability(error):
                    raise
                if asyncio.get_running_loop().time() > deadline:
                    raise StoreUnavailable(
                        "PostgreSQL was lost during the commit", outcome_unknown=True
                    ) from error
                await asyncio.sleep(_SETTLE_PAUSE_SECONDS)
