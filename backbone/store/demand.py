"""What a batch must read under the lock before its decisions can be admitted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backbone.store.decision import Claim, Occupancy, Release
from backbone.store.prepared import Prepared
from backbone.store.slots import slot_at

__all__ = ["LAST_SLOT", "Demand", "demand_of"]

LAST_SLOT = 2**31 - 1
"""The end of time, as far as PostgreSQL's ``integer`` counts slots."""


@dataclass(slots=True)
class Demand:
    """Streams whose heads, topics whose sequences, ranges whose claims, and keys whose answers are asked."""

    streams: set[UUID] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)
    keys: set[tuple[str, str]] = field(default_factory=set)
    _ranges: dict[UUID, list[tuple[int, int]]] = field(default_factory=dict)

    def range(self, resource_id: UUID, first_slot: int, end_slot: int) -> None:
        """Asks for the claims and busy bits of a resource in [first_slot, end_slot)."""
        self._ranges.setdefault(resource_id, []).append((first_slot, end_slot))

    def ranges(self) -> Iterator[tuple[UUID, int, int]]:
        """The ranges asked for, overlapping ones as one."""
        for resource_id, ranges in self._ranges.items():
            for first, end in _merged(ranges):
                yield resource_id, first, end


def _merged(ranges: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    ranges.sort()
    first, end = ranges[0]
    for next_first, next_end in ranges:
        if next_first > end:
            yield first, end
            first, end = next_first, next_end
        else:
            end = max(end, next_end)
    yield first, end


def demand_of(items: Iterable[Prepared], now: datetime) -> Demand:
    """All that the decisions of a batch were made on, and all that they touch."""
    demand = Demand()
    for item in items:
        decision = item.decision
        demand.streams.update(item.first, decision.reads)
        demand.topics.update(row.kafka_topic for row in item.events)
        if decision.key is not None:
            demand.keys.add((decision.key.scope, decision.key.key))
        touching: tuple[Claim | Release | Occupancy, ...]
        touching = (*decision.claims, *decision.releases, *decision.occupied)
        for touched in touching:
            demand.range(touched.resource_id, touched.first_slot, touched.end_slot)
        for resource_id in decision.capacities:
            demand.range(resource_id, slot_at(now), LAST_SLOT)
    return demand
