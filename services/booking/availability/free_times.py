"""Free times by arithmetic on bits: a visit fits where the shifted bits of all that it needs are free.

Every start on the grid at which the visit could be booked is proposed, earliest first, once per facility,
with the first fitting choice of resources in a stable order. The claim's primary key stays the judge.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from backbone.local_time import day_bounds
from services.booking.availability.candidates import Candidates
from services.booking.setup.needs import assign
from services.booking.setup.resource import Resource
from services.booking.setup.visit_type import VisitType
from services.booking.slots import (
    SLOTS_PER_WEEK,
    bits_between,
    fits,
    slot_after,
    slot_of,
    slots_of_minutes,
)

__all__ = ["Busy", "Choice", "Window", "reach_of", "starts"]


@dataclass(frozen=True, slots=True)
class Window:
    """Starts from ``first`` up to ``end``, and the weeks that such visits and their buffers reach into."""

    first: int
    end: int
    first_week: int
    last_week: int
    """Whole weeks since 1970, as what is taken is kept by them."""

    @classmethod
    def of(cls, first: int, end: int, visit_type: VisitType) -> "Window":
        """For visits of a type that start in the slots [``first``, ``end``)."""
        ahead = slots_of_minutes(visit_type.buffer_before_minutes)
        reach = reach_of(visit_type)
        end = max(end, first)
        return cls(first, end, (first - ahead) // SLOTS_PER_WEEK, (end + reach - 1) // SLOTS_PER_WEEK)

    @property
    def base(self) -> int:
        """The slot of bit 0."""
        return self.first_week * SLOTS_PER_WEEK

    @property
    def end_of_bits(self) -> int:
        """The slot after the last bit."""
        return (self.last_week + 1) * SLOTS_PER_WEEK


def reach_of(visit_type: VisitType) -> int:
    """How many slots a visit takes from its start on, with the buffer after it."""
    return slots_of_minutes(visit_type.minutes + visit_type.buffer_after_minutes)


@dataclass(frozen=True, slots=True)
class Busy:
    """What is taken, as bits of the window."""

    resources: Sequence[int]
    """Of each of the candidates' resources, in their order."""
    patient: int = 0
    full_days: frozenset[date] = frozenset()
    """Local days on which the daily limit is reached."""


class Choice(NamedTuple):
    """A start at which the visit fits, and with which resources, one for each span."""

    slot: int
    resources: tuple[Resource, ...]


_Fitting = list[tuple[int, int]]
"""Who answers a need, by place, with the starts at which they do: in the order of preference."""
_Choose = Callable[[int], Sequence[int] | None]
"""For a start, as a bit, the places of those who shall serve, one for each need; None: there is no choice."""


def starts(candidates: Candidates, window: Window, busy: Busy, not_before: datetime) -> Iterator[Choice]:
    """Every start at which the visit fits, in order of time. ``not_before``: now and the lead time."""
    possible = _allowed(candidates, window, busy, not_before)
    base = window.base
    everything = bits_between(0, window.end_of_bits - base)
    by_span: list[_Fitting] = []
    for span, ways in zip(candidates.spans, candidates.open_ways(base, window.end_of_bits), strict=True):
        fitting: _Fitting = []
        anybody = 0
        for place, there in ways:
            if there & possible:
                bits = there & span.free_starts(everything ^ busy.resources[place])
                fitting.append((place, bits))
                anybody |= bits
        by_span.append(fitting)
        possible &= anybody
        if not possible:
            return
    choose = _apart(by_span, possible) if candidates.apart else _giving_way(by_span)
    while possible:
        lowest = possible & -possible
        possible ^= lowest
        places = choose(lowest)
        if places is not None:
            resources = tuple([candidates.resources[place] for place in places])
            yield Choice(base + lowest.bit_length() - 1, resources)


def _allowed(candidates: Candidates, window: Window, busy: Busy, not_before: datetime) -> int:
    """Starts that the search's range, the lead time, the patient's other visits and the daily limit leave."""
    base = window.base
    first = max(window.first, slot_after(not_before))
    allowed = bits_between(first - base, window.end - base)
    if busy.patient:
        free = bits_between(0, window.end_of_bits - base) & ~busy.patient
        allowed &= fits(free, candidates.length)
    zone = candidates.facility.zone
    for day in busy.full_days:
        begin, end = day_bounds(day, zone)
        allowed &= ~bits_between(max(slot_of(begin) - base, 0), max(slot_of(end) - base, 0))
    return allowed


def _apart(by_span: Sequence[_Fitting], possible: int) -> _Choose:
    """Chooses the most preferred for each need at starts that are ``possible``: nobody is wanted twice."""
    shares: list[_Fitting] = []
    for fitting in by_span:
        share: _Fitting = []
        left = possible
        for place, bits in fitting:
            if mine := bits & left:
                share.append((place, mine))
                left ^= mine
        shares.append(share)

    def choose(start: int) -> list[int]:
        places = []
        for share in shares:
            for place, bits in share:
                if bits & start:
                    places.append(place)
                    break
        return places

    return choose


def _giving_way(by_span: Sequence[_Fitting]) -> _Choose:
    """Chooses a different one for each need, where some answer several."""

    def choose(start: int) -> list[int] | None:
        free = [[place for place, bits in fitting if bits & start] for fitting in by_span]
        first = [places[0] for places in free]
        if len(set(first)) == len(first):
            return first
        everybody = list(dict.fromkeys(place for places in free for place in places))
        return assign(range(len(free)), everybody, lambda need, place: place in free[need])

    return choose
