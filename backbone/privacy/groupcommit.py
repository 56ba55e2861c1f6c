"""Group commit: what arrives while the previous batch is written is written as one batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from backbone.privacy.errors import VaultUnavailableError
from backbone.sessions import STALLED_SECONDS

__all__ = ["GroupCommit"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Runs ``write`` on batches, one at a time. Each caller gets its own result, or the batch's error.

    An item whose caller gave up meanwhile is written all the same: what was begun is on record.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        max_batch: int = 500,
        max_waiting: int = 10_000,
    ) -> None:
        self._write = write
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """Returns when the item is durable; ``VaultUnavailableError`` where too many wait already."""
        if len(self._waiting) >= self._max_waiting:
            raise VaultUnavailableError("too many are waiting")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        return await future

    async def drain(self) -> None:
        """Waits until everything submitted so far is written."""
        if self._writer is not None:
            await asyncio.shield(self._writer)

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), self._max_batch)
                await self._write_batch([self._waiting.popleft() for _ in range(size)])
        finally:
            self._writer = None
            while self._waiting:  # only where this task itself was cancelled
                self._waiting.popleft()[1].cancel()

    async def _write_batch(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        clock = asyncio.get_running_loop()
        began = clock.time()
        try:
            results = await self._write([item for item, _ in batch])
        except VaultUnavailableError as error:
            _fail(batch, error)
            if clock.time() - began > STALLED_SECONDS:
                behind = list(self._waiting)
                self._waiting.clear()
                _fail(behind, error)
        except Exception as error:  # one bad item must not take the others along
            if len(batch) == 1:
                _fail(batch, error)
                return
            for entry in batch:
                await self._write_batch([entry])
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)


def _fail(batch: list[tuple[Item, asyncio.Future[Result]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
