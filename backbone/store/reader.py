"""Everything that is read from a store without the lock; usable alone, as by the relay."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from struct import Struct
from types import TracebackType
from typing import NamedTuple, Self
from uuid import UUID

from backbone.clock import Clock
from backbone.events import DomainEvent
from backbone.sessions import PromptPool
from backbone.store.committed import CommittedEvent
from backbone.store.connection import Connection, reading_pool
from backbone.store.errors import StoreUnavailable
from backbone.store.lanes import Holding, Lanes
from backbone.store.mapper import EventMapper
from backbone.store.slots import SLOTS_PER_WEEK, WEEK_BYTES
from backbone.store.streams import read_streams
from backbone.store.unavailability import is_unavailability

__all__ = ["BusyWeeks", "Reader"]

CLOSE_SECONDS = 3.0

CLAIMS = """
SELECT r.resource_id, c.slot, c.lane, c.owner, c.capacity, c.expires_at
  FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS r (resource_id, first_slot, end_slot)
 CROSS JOIN LATERAL (SELECT slot, lane, owner, capacity, expires_at FROM claims
                      WHERE resource_id = r.resource_id AND slot >= r.first_slot AND slot < r.end_slot
                        AND (expires_at IS NULL OR expires_at > $4)
                     OFFSET 0) AS c
"""

BUSY = """
SELECT (SELECT sequence FROM stored_events WHERE kafka_topic = $4 ORDER BY sequence DESC LIMIT 1) AS newest,
       (SELECT string_agg(int4send(r.place::integer) || int4send(w.week) || w.bits, '')
          FROM unnest($1::uuid[]) WITH ORDINALITY AS r (id, place)
         CROSS JOIN LATERAL (SELECT week, bits FROM busy_weeks
                              WHERE resource_id = r.id AND week BETWEEN $2 AND $3 OFFSET 0) AS w) AS weeks
"""
_WEEKS = Struct(f">ii{WEEK_BYTES}s")
"""Place, week, bits. In one value they cost half of what a row for each costs to take in."""


class BusyWeeks(NamedTuple):
    """What was taken at one instant."""

    bits: list[int]
    """For each resource, in the order asked for, the slots without a normal lane left; bit 0 is the first
    slot of the first week."""
    newest: int
    """The newest sequence of the topic asked about, at the same instant; 0: it has none."""


class Reader:
    """An ``async with`` context over a pool of connections that can only read."""

    def __init__(
        self, database_url: str, schema: str, mapper: EventMapper, clock: Clock, connections: int = 8
    ) -> None:
        self.schema = schema
        self.mapper = mapper
        self.clock = clock
        self._database_url = database_url
        self._connections = connections
        self._pool: PromptPool | None = None

    async def __aenter__(self) -> Self:
        self._pool = await reading_pool(self._database_url, self.schema, self._connections)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
            except Exception:
                # A server that is gone doesn't say good-bye.
                pool.terminate()

    @property
    def connections(self) -> PromptPool:
        """The open pool, whose use is counted for the metrics. Raises StoreUnavailable."""
        if self._pool is None:
            raise StoreUnavailable("the store is closed")
        return self._pool

    @asynccontextmanager
    async def reading(self, within: float | None = None) -> AsyncIterator[Connection]:
        """A connection that can only read, in this store's schema. Raises StoreUnavailable.

        ``within``: seconds that this use may take, where they are more than a caller would wait for.
        """
        try:
            async with self.connections.acquire(within=within) as connection:
                yield connection  # type: ignore[misc] # the pool's proxy behaves as the connection
        except Exception as error:
            if is_unavailability(error):
                raise StoreUnavailable(f"PostgreSQL: {type(error).__name__}") from error
            raise

    async def load(self, stream_id: UUID) -> list[DomainEvent]:
        """The events of a stream, in order; none where there is no such stream."""
        return (await self.load_many([stream_id]))[stream_id]

    async def load_many(self, stream_ids: Iterable[UUID]) -> dict[UUID, list[DomainEvent]]:
        """The events of several streams, as of one instant; an empty list for one that isn't there."""
        async with self.reading() as connection:
            return await read_streams(connection, self.mapper, stream_ids)

    async def history(self, stream_id: UUID) -> list[CommittedEvent]:
        """The events of a stream with who, in answer to what, and when recorded; ``mapper`` decodes them."""
        async with self.reading() as connection:
            rows = await connection.fetch(
                "SELECT * FROM stored_events WHERE originator_id = $1 ORDER BY originator_version", stream_id
            )
        return [CommittedEvent.of(row) for row in rows]

    async def notifications(self, start: int, limit: int) -> list[CommittedEvent]:
        """Up to ``limit`` events from position ``start`` on, in the order of positions, without gaps."""
        async with self.reading() as connection:
            rows = await connection.fetch(
                "SELECT * FROM stored_events WHERE notification_id >= $1 ORDER BY notification_id LIMIT $2",
                start,
                limit,
            )
        return [CommittedEvent.of(row) for row in rows]

    async def owners(self, resource_id: UUID, first_slot: int, end_slot: int) -> frozenset[UUID]:
        """Who has a lane of a resource anywhere in [first_slot, end_slot), holds that have run out aside."""
        lanes = await self._lanes([(resource_id, first_slot, end_slot)])
        return frozenset(lanes.owners(resource_id, first_slot, end_slot))

    async def _lanes(self, ranges: Sequence[tuple[UUID, int, int]]) -> Lanes:
        async with self.reading() as connection:
            rows = await connection.fetch(
                CLAIMS,
                [resource_id for resource_id, _, _ in ranges],
                [first for _, first, _ in ranges],
                [end for _, _, end in ranges],
                self.clock.now(),
            )
        lanes = Lanes()
        for row in rows:
            holding = Holding(row["lane"], row["owner"], row["capacity"], row["expires_at"])
            lanes.read(row["resource_id"], row["slot"], holding)
        return lanes

    async def busy(self, resource_ids: Iterable[UUID], first_slot: int, end_slot: int) -> dict[UUID, int]:
        """Per resource the slots of [first_slot, end_slot) without a normal lane left: bit 0 is first_slot.

        A hold counts as busy until it is swept, within a second after it has run out.
        """
        ids = list(dict.fromkeys(resource_ids))
        first_week, last_week = first_slot // SLOTS_PER_WEEK, (end_slot - 1) // SLOTS_PER_WEEK
        weeks = await self.busy_weeks(ids, first_week, last_week)
        offset = first_slot - first_week * SLOTS_PER_WEEK
        mask = (1 << end_slot - first_slot) - 1
        return {resource_id: bits >> offset & mask for resource_id, bits in zip(ids, weeks.bits, strict=True)}

    async def busy_weeks(
        self, resource_ids: Sequence[UUID], first_week: int, last_week: int, topic: str = ""
    ) -> BusyWeeks:
        """The same for whole weeks since 1970, and how far a topic has come: whether what its events tell is
        still as it was when it was read, is seen without another look."""
        async with self.reading() as connection:
            row = await connection.fetchrow(BUSY, resource_ids, first_week, last_week, topic)
        bits = [0] * len(resource_ids)
        if row is None or row["weeks"] is None:
            return BusyWeeks(bits, 0 if row is None else row["newest"] or 0)
        for place, number, week in _WEEKS.iter_unpack(row["weeks"]):
            bits[place - 1] |= int.from_bytes(week, "little") << (number - first_week) * SLOTS_PER_WEEK
        return BusyWeeks(bits, row["newest"] or 0)
