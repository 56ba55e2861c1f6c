"""The 5-minute grid on which everything is booked, and bit sets over it."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

from backbone.store.decision import SLOT_MINUTES
from backbone.store.slots import SLOTS_PER_WEEK
from backbone.store.slots import slot_at as slot_of
from backbone.store.slots import slot_start as instant

__all__ = [
    "SLOTS_PER_WEEK",
    "SLOT_MINUTES",
    "bits_between",
    "fits",
    "instant",
    "on_grid",
    "slot_after",
    "slot_of",
    "slots_of_minutes",
    "utc_midnight_slot",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SLOT = timedelta(minutes=SLOT_MINUTES)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def on_grid(moment: datetime) -> bool:
    """Whether a slot begins at ``moment``."""
    return moment.timestamp() % (SLOT_MINUTES * 60) == 0


def slot_after(moment: datetime) -> int:
    """The first slot that begins at or after ``moment``: the end of a half-open range that ends there."""
    return -((_EPOCH - moment) // _SLOT)


def slots_of_minutes(minutes: int) -> int:
    """How many slots ``minutes`` take; a begun slot counts whole."""
    return -(-minutes // SLOT_MINUTES)


def utc_midnight_slot(day: date) -> int:
    """The slot at 00:00 UTC of ``day``: a place for what counts per day, whatever the zone."""
    return (day.toordinal() - _EPOCH_DAY) * (24 * 60 // SLOT_MINUTES)


def bits_between(first: int, end: int) -> int:
    """A bit set with bits ``first`` (included) to ``end`` (not included)."""
    return (1 << end) - (1 << first) if end > first else 0


def fits(bits: int, length: int) -> int:
    """The positions at which ``length`` bits in a row are all set; by doubling: log2(length) steps."""
    for step in _doubling(length):
        bits &= bits >> step
    return bits


@cache
def _doubling(length: int) -> tuple[int, ...]:
    steps = []
    have = 1
    while have < length:
        step = min(have, length - have)
        steps.append(step)
        have += step
    return tuple(steps)
