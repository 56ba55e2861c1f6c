"""The difference that a whole batch makes to the claims and the busy bits, each row changed at most once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backbone.store.lanes import Holding, Lanes
from backbone.store.slots import SLOTS_PER_WEEK

__all__ = ["ClaimChanges", "Run", "busy_after", "net"]


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
class ClaimChanges:
    """The rows to add, to change and to take away."""

    added: list[Run] = field(default_factory=list)
    changed: list[Run] = field(default_factory=list)
    gone: list[Run] = field(default_factory=list)


def net(lanes: Lanes) -> ClaimChanges:
    """What the table lacks, has otherwise, and has too much, against what the batch came to."""
    changes = ClaimChanges()
    for resource_id, slots in lanes.changed.items():
        stored = lanes.stored.get(resource_id, {})
        open_runs: dict[int, tuple[Holding | None, Holding | None, int, int]] = {}
        for slot in sorted(slots):
            for lane, before, after in _differences(stored.get(slot, ()), slots[slot]):
                run = open_runs.get(lane)
                if run is not None and run[3] == slot and run[0] == before and run[1] == after:
                    open_runs[lane] = (before, after, run[2], slot + 1)
                    continue
                if run is not None:
                    _close(changes, resource_id, run)
                open_runs[lane] = (before, after, slot, slot + 1)
        for run in open_runs.values():
            _close(changes, resource_id, run)
    return changes


def _differences(
    before: tuple[Holding, ...], after: tuple[Holding, ...]
) -> Iterator[tuple[int, Holding | None, Holding | None]]:
    if not before:
        for holding in after:
            yield holding.lane, None, holding
    elif before != after:
        old = {holding.lane: holding for holding in before}
        new = {holding.lane: holding for holding in after}
        for lane in old.keys() | new.keys():
            if old.get(lane) != new.get(lane):
                yield lane, old.get(lane), new.get(lane)


def _close(
    changes: ClaimChanges, resource_id: UUID, run: tuple[Holding | None, Holding | None, int, int]
) -> None:
    before, after, first, end = run
    row = after or before
    assert row is not None  # noqa: S101 - one of both exists, or there were no difference
    rows = changes.gone if after is None else changes.added if before is None else changes.changed
    previous = None if before is None else before.owner
    rows.append(Run(resource_id, first, end, row.lane, row.owner, row.capacity, row.expires_at, previous))


def busy_after(lanes: Lanes, weeks: dict[tuple[UUID, int], int]) -> dict[tuple[UUID, int], int]:
    """The busy bits of each (resource, week) that the batch changes; ``weeks`` has them as stored.

    A slot is busy when no normal lane is left in it.
    """
    result: dict[tuple[UUID, int], int] = {}
    for resource_id, slots in lanes.changed.items():
        busy: dict[int, int] = {}
        clear: dict[int, int] = {}
        for slot, holdings in slots.items():
            week, bit = divmod(slot, SLOTS_PER_WEEK)
            full = bool(holdings) and len(holdings) >= min(holding.capacity for holding in holdings)
            target = busy if full else clear
            target[week] = target.get(week, 0) | 1 << bit
        for week in busy.keys() | clear.keys():
            stored = weeks.get((resource_id, week), 0)
            bits = stored & ~clear.get(week, 0) | busy.get(week, 0)
            if bits != stored:
                result[(resource_id, week)] = bits
    return result
