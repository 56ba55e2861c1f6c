"""The difference that a whole batch makes to the claims and the busy bits, each row changed at most once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backbone.store.lanes import Holding, Holdings, Lanes
from backbone.store.slots import SLOTS_PER_WEEK

__all__ = ["Change", "Run", "net"]


class Run(NamedTuple):
    """One lane of a resource through the slots of [first, end), taken alike."""

    resource_id: UUID
    first: int
    end: int
    lane: int
    owner: UUID
    capacity: int
    expires_at: datetime | None
    previous_owner: UUID | None
    """Who must have it in the table when this is written; None: nobody."""


@dataclass(slots=True)
class Change:
    """The claims to add, to change and to take away, and the busy bits of each (resource, week) changed."""

    added: list[Run] = field(default_factory=list)
    changed: list[Run] = field(default_factory=list)
    gone: list[Run] = field(default_factory=list)
    weeks: dict[tuple[UUID, int], int] = field(default_factory=dict)


def net(lanes: Lanes, weeks: dict[tuple[UUID, int], int]) -> Change:
    """What the tables lack, have otherwise, and have too much; ``weeks`` has the busy bits as stored."""
    change = Change()
    for resource_id, slots in lanes.changed.items():
        stored = lanes.stored.get(resource_id, {})
        busy: dict[int, int] = {}
        touched: dict[int, int] = {}
        for first, end, before, after in _stretches(slots, stored):
            _lanes(change, resource_id, first, end, before, after)
            week, bit = divmod(first, SLOTS_PER_WEEK)
            mask = (1 << end - first) - 1 << bit
            touched[week] = touched.get(week, 0) | mask
            if _is_busy(after):
                busy[week] = busy.get(week, 0) | mask
        for week, mask in touched.items():
            old = weeks.get((resource_id, week), 0)
            new = old & ~mask | busy.get(week, 0)
            if new != old:
                change.weeks[resource_id, week] = new
    return change


def _is_busy(holdings: Holdings) -> bool:
    """A slot is busy when no normal lane is left in it."""
    return bool(holdings) and len(holdings) >= min(holding.capacity for holding in holdings)


def _stretches(
    slots: dict[int, Holdings], stored: dict[int, Holdings]
) -> Iterator[tuple[int, int, Holdings, Holdings]]:
    """[first, end) within one week, through which all was one way and is one way, now and in the table."""
    first = end = -1
    before: Holdings = ()
    after: Holdings = ()
    for slot in sorted(slots):
        old, new = stored.get(slot, ()), slots[slot]
        if slot == end and slot % SLOTS_PER_WEEK and old == before and new == after:
            end += 1
            continue
        if first != end:
            yield first, end, before, after
        first, end, before, after = slot, slot + 1, old, new
    if first != end:
        yield first, end, before, after


def _lanes(
    change: Change, resource_id: UUID, first: int, end: int, before: Holdings, after: Holdings
) -> None:
    old: dict[int, Holding] = {holding.lane: holding for holding in before}
    for holding in after:
        was = old.pop(holding.lane, None)
        if was is None:
            change.added.append(Run(resource_id, first, end, *holding, None))
        elif was != holding:
            change.changed.append(Run(resource_id, first, end, *holding, was.owner))
    for was in old.values():
        change.gone.append(Run(resource_id, first, end, *was, was.owner))
