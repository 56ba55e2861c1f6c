"""How far a search looks at a time, and what counts as free in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from services.booking.availability.free_times import Window
from services.booking.slots import SLOTS_PER_WEEK

__all__ = ["looks", "without"]

FIRST_LOOK = 2 * 24 * 12
"""How many slots a search looks ahead at first, and on to the end of a week, as what is taken is read by
whole weeks: most find enough near by."""
FARTHER = 4
"""How many times as many weeks each further look takes in."""


def looks(first: int, end: int, reach: int) -> Iterator[tuple[int, int]]:
    """The slots to be looked through one after the other: up to a week's end, then on to that of later ones.

    ``reach``: how many slots a visit takes from its start on; those of one look lie within its weeks.
    """
    weeks = 1
    while first < end:
        last = ((first + FIRST_LOOK + reach) // SLOTS_PER_WEEK + weeks) * SLOTS_PER_WEEK - reach
        yield first, min(last, end)
        first, weeks = last, weeks * FARTHER


def without(
    freed: Mapping[UUID, Sequence[int]], ids: Sequence[UUID], taken: Sequence[int], window: Window
) -> Sequence[int]:
    """What is taken of each of ``ids``, but for the slots that are freed of it."""
    if not freed:
        return taken
    own = {key: _as_bits(slots, window) for key, slots in freed.items()}
    return [bits & ~own.get(key, 0) for key, bits in zip(ids, taken, strict=True)]


def _as_bits(slots: Iterable[int], window: Window) -> int:
    bits = 0
    for slot in slots:
        if window.base <= slot < window.end_of_bits:
            bits |= 1 << slot - window.base
    return bits
