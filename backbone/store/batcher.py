"""Group commit: what arrives while one transaction runs is committed together by the next."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple
from uuid import UUID

from asyncpg import PostgresError

from backbone.store.decision import Accepted, Outcome, Refused
from backbone.store.errors import StoreBroken, StoreUnavailable, Unstorable
from backbone.store.pace import Pace
from backbone.store.prepared import Prepared
from backbone.store.unavailability import is_of_the_data
from backbone.store.writer import Writer
from backbone.telemetry.store_figures import StoreFigures

__all__ = ["Batcher"]

logger = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    item: Prepared
    answer: "asyncio.Future[Outcome]"


@dataclass(frozen=True, slots=True)
class _Sweep:
    owners: Sequence[UUID]
    answer: "asyncio.Future[int]"


class Batcher:
    """One per store and process: ``open`` it before use, ``close`` it to have all that was taken finished."""

    def __init__(
        self, writer: Writer, *, pace: Pace, max_batch: int, figures: StoreFigures | None = None
    ) -> None:
        self._writer = writer
        self._pace = pace
        self._max_batch = max_batch
        self._figures = figures
        self._waiting: deque[_Waiting] = deque()
        self._sweeps: deque[_Sweep] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Starts to work on what is submitted."""
        self._task = asyncio.create_task(self._work(), name="store-batcher")

    async def close(self) -> None:
        """Takes no more, finishes what was taken, and lets the connection go."""
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task
        await self._writer.close()

    async def submit(self, item: Prepared) -> Outcome:
        """The decision's outcome. A caller that is cancelled doesn't take back what it submitted.

        Raises Overloaded at once where it would wait too long, StoreUnavailable, Unstorable or StoreBroken.
        """
        self._check_open()
        loop = asyncio.get_running_loop()
        self._pace.admit(len(self._waiting), loop.time())
        answer: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append(_Waiting(item, answer))
        self._arrived.set()
        return await answer

    async def sweep(self, owners: Sequence[UUID]) -> int:
        """Ends those holds of ``owners`` that have run out by the time of their batch; counts them."""
        self._check_open()
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._sweeps.append(_Sweep(owners, answer))
        self._arrived.set()
        return await answer

    def _check_open(self) -> None:
        if self._task is None or self._closing or self._task.done():
            raise StoreUnavailable("the store is closed")

    async def _work(self) -> None:
        while not self._closing or self._waiting or self._sweeps:
            await self._arrived.wait()
            if not self._closing:
                self._arrived.clear()
            while self._waiting or self._sweeps:
                if batch := self._next_batch():
                    with self._under_way(len(batch)):
                        await self._commit(batch)
                if self._sweeps:
                    with self._under_way(0):
                        await self._expire(self._sweeps.popleft())

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        while self._waiting and len(batch) < self._max_batch:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
        return batch

    @contextmanager
    def _under_way(self, count: int) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        self._pace.began(loop.time())
        stall = loop.call_later(self._pace.stalls_after, self._turn_away)
        try:
            yield
        finally:
            stall.cancel()
            self._pace.ended(loop.time(), count)

    def _turn_away(self) -> None:
        """The store has stopped, for nobody knows how long: who waits behind it learns that now."""
        waiting = list(self._waiting)
        self._waiting.clear()
        self._fail(waiting, self._pace.stalled())

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        began = perf_counter()
        try:
            committed = await self._writer.run([waiting.item for waiting in batch])
        except StoreUnavailable as error:
            self._fail(batch, error)
        except Exception as error:
            if len(batch) > 1:
                logger.warning("a batch of %d failed as one: %s", len(batch), type(error).__name__)
                await self._commit_each(batch)
            else:
                self._fail(batch, _for_callers(error))
        except asyncio.CancelledError:
            self._fail(batch, StoreUnavailable("the store was stopped", outcome_unknown=True))
            raise
        else:
            for waiting, outcome in zip(batch, committed.outcomes, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(outcome)
            if self._figures is not None:
                kinds = Counter(map(_kind, committed.outcomes))
                self._figures.committed(len(batch), perf_counter() - began, kinds, len(self._waiting))

    def _fail(self, batch: Sequence[_Waiting], error: Exception) -> None:
        for waiting in batch:
            if not waiting.answer.done():
                waiting.answer.set_exception(error)
        if self._figures is not None:
            self._figures.failed(len(batch))

    async def _commit_each(self, batch: Sequence[_Waiting]) -> None:
        """One decision in the batch can't be stored: each for itself, so that only that one fails."""
        for waiting in batch:
            await self._commit([waiting])

    async def _expire(self, sweep: _Sweep) -> None:
        try:
            committed = await self._writer.run([], sweep.owners)
        except Exception as error:
            if not sweep.answer.done():
                sweep.answer.set_exception(_for_callers(error))
        else:
            if not sweep.answer.done():
                sweep.answer.set_result(committed.ended)


def _kind(outcome: Outcome) -> str:
    if isinstance(outcome, Accepted):
        return "repeated" if outcome.repeated else "accepted"
    return "refused" if isinstance(outcome, Refused) else "stale"


def _for_callers(error: Exception) -> Exception:
    """The error as callers get it, without PostgreSQL's own text, which may quote data."""
    if is_of_the_data(error):
        safe: Exception = Unstorable(f"PostgreSQL does not keep this: {type(error).__name__}")
    elif isinstance(error, PostgresError):
        safe = StoreBroken(f"PostgreSQL refused a batch: {type(error).__name__}")
    else:
        return error
    safe.__cause__ = error
    return safe
