"""The one door to a service's events: every change goes through ``submit``, everything else only reads."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from backbone.clock import Clock
from backbone.store.batcher import Batcher
from backbone.store.commit import Committer
from backbone.store.connection import Connection, connect_writer
from backbone.store.decision import Accepted, Decision, Outcome, Stale
from backbone.store.errors import StoreUnavailable
from backbone.store.expiry import HoldExpiry
from backbone.store.forgetting import forget_past
from backbone.store.mapper import EventMapper
from backbone.store.marking import newest_marks
from backbone.store.pace import Pace
from backbone.store.prepared import prepare
from backbone.store.reader import Reader
from backbone.store.writer import Writer
from backbone.telemetry.store_figures import StoreFigures

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = ["Limits", "Store"]

logger = logging.getLogger(__name__)

DUE = "SELECT DISTINCT owner FROM claims WHERE expires_at IS NOT NULL AND expires_at <= $1 LIMIT $2"
HOLDS_PER_SWEEP = 500
HOLDS_PER_TRANSACTION = 50
"""Few, as bookings wait for the store's lock meanwhile."""
PAST = timedelta(days=2)
"""Claims are kept for so long after their time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a store takes on at once, and for how long it waits for PostgreSQL."""

    max_waiting: int = 2_000
    """Decisions waiting, beyond which ``submit`` raises Overloaded."""
    max_wait_seconds: float = 1.0
    """It also does where a decision would have to wait for longer, at the pace of the last batches."""
    max_batch: int = 256
    """Decisions in one transaction."""
    answer_within_seconds: float = 3.0
    """A batch that has not reached COMMIT by then is given up; nothing of it is changed."""
    settle_within_seconds: float = 5.0
    """Where the answer to COMMIT is lost, the store asks until then, counted from the batch's beginning,
    whether it was committed; after that its outcome is reported as unknown."""
    reading_connections: int = 8


class Store(Reader):
    """A service's event store, as an ``async with`` context; any number of processes may have one each.

    Opening it needs no server: whatever needs one raises StoreUnavailable until there is one.
    """

    def __init__(
        self,
        database_url: str,
        schema: str,
        mapper: EventMapper,
        clock: Clock,
        expiry: HoldExpiry | None = None,
        limits: Limits | None = None,
        figures: StoreFigures | None = None,
        tracing: "Tracing | None" = None,
    ) -> None:
        self._limits = limits or Limits()
        super().__init__(database_url, schema, mapper, clock, self._limits.reading_connections)
        self._expiry = expiry
        self._figures = figures
        self._tracing = tracing
        self._batcher: Batcher | None = None

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        if self._figures is not None:
            self._figures.reads_through(self.connections)
        committer = Committer(self.schema, self.mapper, self.clock, self._expiry)
        self._batcher = Batcher(
            Writer(
                committer,
                self._connect,
                answer_within=self._limits.answer_within_seconds,
                settle_within=self._limits.settle_within_seconds,
            ),
            pace=Pace(self._limits.max_wait_seconds, self._limits.max_waiting),
            max_batch=self._limits.max_batch,
            figures=self._figures,
        )
        self._batcher.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()
        await super().__aexit__(kind, error, trace)

    async def _connect(self) -> Connection:
        return await connect_writer(self._database_url, self.schema)

    def _writing(self) -> Batcher:
        if self._batcher is None:
            raise StoreUnavailable("the store is closed")
        return self._batcher

    async def submit(self, decision: Decision) -> Outcome:
        """Accepted (then it is durable), Refused with every conflict, or Stale.

        Raises ValueError where the decision contradicts itself, Unstorable, Overloaded, StoreUnavailable.
        """
        if self._expiry is None and any(claim.expires_at is not None for claim in decision.claims):
            raise ValueError("a hold needs a store that knows how holds expire")
        outcome = await self._submitted(decision)
        if isinstance(outcome, Accepted) and not outcome.marks and decision.reads:
            return await self._as_it_stands(outcome, decision.reads)
        return outcome

    async def _as_it_stands(self, unchanged: Accepted, streams: Iterable[UUID]) -> Accepted:
        """Adds the newest marks of what was read. Nothing had to be changed, and a read with this answer's
        position must see the event, perhaps of a moment ago, that made the change needless."""
        try:
            async with self.reading() as connection:
                return unchanged._replace(marks=await newest_marks(connection, streams))
        except StoreUnavailable:
            return unchanged

    async def _submitted(self, decision: Decision) -> Outcome:
        prepared = prepare(decision, self.mapper)
        if self._tracing is None:
            return await self._writing().submit(prepared)
        with self._tracing.commit(decision.origin.traceparent, self.schema):
            return await self._writing().submit(prepared)

    async def execute(self, decide: Callable[[], Awaitable[Decision]], attempts: int = 8) -> Outcome:
        """Decides and submits, and again while what was read has moved; Stale when it keeps moving."""
        outcome: Outcome = Stale()
        for _ in range(attempts):
            outcome = await self.submit(await decide())
            if not isinstance(outcome, Stale):
                break
        return outcome

    async def expire_holds(self) -> int:
        """Ends holds that have run out and that no batch has met yet; returns how many it ended.

        To be called again and again, about twice a second. One call ends at most ``HOLDS_PER_SWEEP``.
        """
        async with self.reading() as connection:
            due = [row["owner"] for row in await connection.fetch(DUE, self.clock.now(), HOLDS_PER_SWEEP)]
        ended = 0
        for start in range(0, len(due), HOLDS_PER_TRANSACTION):
            ended += await self._sweep(due[start : start + HOLDS_PER_TRANSACTION])
        return ended

    async def _sweep(self, owners: list[UUID]) -> int:
        try:
            return await self._writing().sweep(owners)
        except StoreUnavailable:
            raise
        except Exception as error:
            if len(owners) == 1:
                logger.error("hold %s can't be ended: %s", owners[0], type(error).__name__)
                return 0
            return sum([await self._sweep([owner]) for owner in owners])

    async def forget_past(self) -> int:
        """Deletes claims and busy bits older than ``PAST``, and idempotency keys whose time is over.

        Returns how many rows it deleted. It works in short transactions, each under the store's lock, and is
        to be called a few times a day.
        """
        connection = await self._connect()
        try:
            return await forget_past(connection, self.schema, self.clock.now() - PAST)
        finally:
            await connection.close(timeout=5)
