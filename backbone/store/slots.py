"""Time as the claims count it: 5-minute slots since 1970-01-01T00:00Z, and weeks of 2016 slots."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from backbone.store.decision import SLOT_MINUTES

__all__ = ["SLOTS_PER_WEEK", "WEEK_BYTES", "runs", "slot_at", "slot_start"]

SLOTS_PER_WEEK = 7 * 24 * 60 // SLOT_MINUTES
WEEK_BYTES = SLOTS_PER_WEEK // 8

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SLOT = timedelta(minutes=SLOT_MINUTES)
_SLOT_SECONDS = SLOT_MINUTES * 60


def slot_at(instant: datetime) -> int:
    """The slot that ``instant`` (aware) lies in, in the years that floats tell microseconds apart."""
    # An hour that exists twice is equal to itself the second time, an hour later: that is not remembered.
    return _slot_at(instant) if instant.fold else _remembered(instant)


def _slot_at(instant: datetime) -> int:
    return int(instant.timestamp() // _SLOT_SECONDS)


_remembered = lru_cache(maxsize=4_096)(_slot_at)
"""A decision asks for the same few again and again."""


def slot_start(slot: int) -> datetime:
    """The instant at which ``slot`` begins, in UTC."""
    return _EPOCH + slot * _SLOT


def runs(slots: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The ranges [first, end) that rising ``slots`` make up."""
    first = end = None
    for slot in slots:
        if slot != end:
            if first is not None and end is not None:
                yield first, end
            first = slot
        end = slot + 1
    if first is not None and end is not None:
        yield first, end
