"""Keeps the writing connection alive, and finds out what became of a batch whose commit was not answered."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from backbone.store.commit import Batch, Committed, Committer, CommitUnanswered, is_committed
from backbone.store.connection import Connection
from backbone.store.errors import StoreUnavailable
from backbone.store.unavailability import is_unavailability

__all__ = ["Writer"]

logger = logging.getLogger(__name__)

_ATTEMPTS = 3
_SETTLE_PAUSE_SECONDS = 0.1


class Writer:
    """Runs batches, one at a time, through a connection that it makes anew whenever it is lost."""

    def __init__(
        self,
        committer: Committer,
        connect: Callable[[], Awaitable[Connection]],
        *,
        answer_within: float,
        settle_within: float,
    ) -> None:
        """``answer_within``: seconds after which a server has stopped that has not come to COMMIT; the
        connection is dropped, and the batch with it. ``settle_within``: for how many a caller waits at most,
        with reading back what became of a commit. Both from the batch's beginning.
        """
        self._committer = committer
        self._connect = connect
        self._answer_within = answer_within
        self._settle_within = settle_within
        self._connection: Connection | None = None

    async def run(self, batch: Batch, due: Sequence[UUID] = ()) -> Committed:
        """What became of the batch; durable on return.

        Raises StoreUnavailable where PostgreSQL is down or stuck. Whatever else is raised comes of what is
        in the batch, of which then nothing is committed.
        """
        began = asyncio.get_running_loop().time()
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._connected(began + self._answer_within) as connection:
                    return await self._committer.commit(connection, batch, due)
            except CommitUnanswered as unanswered:
                if await self._settle(unanswered, began + self._settle_within):
                    return unanswered.committed
            except Exception as error:
                alive = await self._recover()
                if not is_unavailability(error):
                    raise
                late = asyncio.get_running_loop().time() >= began + self._answer_within
                if alive or late or attempt == _ATTEMPTS or isinstance(error, ConnectionRefusedError):
                    raise StoreUnavailable(f"PostgreSQL: {type(error).__name__}") from error
                logger.warning("connection to PostgreSQL lost before a commit: %s", type(error).__name__)
        raise StoreUnavailable("PostgreSQL lost every attempt at a commit")

    async def close(self) -> None:
        """Lets the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.close(timeout=1)

    @asynccontextmanager
    async def _connected(self, until: float) -> AsyncIterator[Connection]:
        """The connection; dropped at ``until``, by the loop's clock, so that nothing waits on it for longer.

        Not a timeout: asyncpg would then wait for a stopped server to confirm that it has cancelled.
        """
        if self._connection is None or self._connection.is_closed():
            async with asyncio.timeout_at(until):
                self._connection = await self._connect()
        end = asyncio.get_running_loop().call_at(until, self._connection.terminate)
        try:
            yield self._connection
        finally:
            end.cancel()

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

    async def _settle(self, unanswered: CommitUnanswered, until: float) -> bool:
        """Asks on a new connection whether the batch is in the tables, repeatedly, ``until`` then."""
        self._drop()
        logger.warning("connection to PostgreSQL lost during a commit: reading back")
        if unanswered.proof is None:
            return False
        while True:
            try:
                async with self._connected(until) as connection:
                    return await is_committed(connection, self._committer.schema, unanswered.proof)
            except Exception as error:
                self._drop()
                over = asyncio.get_running_loop().time() >= until - _SETTLE_PAUSE_SECONDS
                if over or not is_unavailability(error):
                    # Whatever keeps us from asking: the batch may be committed, and must not run again.
                    raise StoreUnavailable(
                        "PostgreSQL was lost during the commit", outcome_unknown=True
                    ) from error
                await asyncio.sleep(_SETTLE_PAUSE_SECONDS)
