"""Free times by arithmetic on bits: a visit fits where the shifted bits of all that it needs are free.

Every start on the grid at which the visit could be booked is proposed, earliest first, once per facility,
with the first fitting choice of resources in a stable order. The claim's primary key stays the judge.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backbone.local_time import day_bounds
from services.booking.availability.candidates import Candidates
from services.booking.setup.needs import answers_need, assign
from services.booking.setup.resource import Resource
from services.booking.setup.visit_type import VisitType
from services.booking.slots import (
    SLOT_MINUTES,
    bits_between,
    fits,
    slot_after,
    slot_of,
    slots_of_minutes,
)

__all__ = ["Busy", "Choice", "Window", "starts"]


@dataclass(frozen=True, slots=True)
class Window:
    """Starts from ``first`` up to ``end``, and the slots that such visits and their buffers reach."""

    first: int
    end: int
    base: int
    """The slot of bit 0."""
    length: int

    @classmethod
    def of(cls, starts_from: datetime, starts_before: datetime, visit_type: VisitType) -> "Window":
        """For visits of a type that start in [``starts_from``, ``starts_before``)."""
        first, end = slot_after(starts_from), slot_after(starts_before)
        ahead = slots_of_minutes(visit_type.buffer_before_minutes)
        behind = slots_of_minutes(visit_type.minutes + visit_type.buffer_after_minutes)
        return cls(first, max(end, first), first - ahead, ahead + max(end - first, 0) + behind)

    @property
    def end_of_bits(self) -> int:
        """The slot after the last bit."""
        return self.base + self.length


@dataclass(frozen=True, slots=True)
class Busy:
    """What is taken, as bits of the window."""

    resources: Mapping[UUID, int]
    patient: int = 0
    full_days: frozenset[date] = frozenset()
    """Local days on which the daily limit is reached."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A start at which the visit fits, and with which resources, one for each span."""

    slot: int
    resources: tuple[Resource, ...]


def starts(candidates: Candidates, window: Window, busy: Busy, not_before: datetime) -> Iterator[Choice]:
    """Every start at which the visit fits, in order of time. ``not_before``: now and the lead time."""
    possible = _allowed(candidates, window, busy, not_before)
    by_span: list[list[tuple[Resource, int]]] = []
    bits_of = {
        resource.resource_id: _bits(candidates, resource, window, busy) for resource in candidates.resources
    }
    for span in candidates.spans:
        ways = []
        for resource in candidates.resources:
            if answers_need(span.need, resource):
                bits = span.starts(*bits_of[resource.resource_id])
                if bits:
                    ways.append((resource, bits))
        by_span.append(ways)
        possible &= _any(bits for _, bits in ways)
    while possible:
        lowest = possible & -possible
        possible ^= lowest
        chosen = _choose(by_span, lowest)
        if chosen is not None:
            yield Choice(window.base + lowest.bit_length() - 1, chosen)


def _any(many: Iterator[int]) -> int:
    union = 0
    for bits in many:
        union |= bits
    return union


def _bits(candidates: Candidates, resource: Resource, window: Window, busy: Busy) -> tuple[int, int]:
    """Open and not away; not busy."""
    facility = candidates.facility
    first, end = window.base, window.end_of_bits
    there = resource.open_bits(facility.facility_id, facility.zone, candidates.visit_type.code, first, end)
    there &= ~resource.absent_bits(first, end)
    return there, bits_between(0, window.length) & ~busy.resources.get(resource.resource_id, 0)


def _allowed(candidates: Candidates, window: Window, busy: Busy, not_before: datetime) -> int:
    """Starts that the search's range, the lead time, the patient's other visits and the daily limit leave."""
    first = max(window.first, slot_after(not_before))
    allowed = bits_between(first - window.base, window.end - window.base)
    free = bits_between(0, window.length) & ~busy.patient
    allowed &= fits(free, candidates.visit_type.minutes // SLOT_MINUTES)
    zone = candidates.facility.zone
    for day in busy.full_days:
        begin, end = day_bounds(day, zone)
        allowed &= ~bits_between(max(slot_of(begin) - window.base, 0), max(slot_of(end) - window.base, 0))
    return allowed


def _choose(by_span: Sequence[Sequence[tuple[Resource, int]]], start: int) -> tuple[Resource, ...] | None:
    """A different resource for each span at this start."""
    first = [next((resource for resource, bits in ways if bits & start), None) for ways in by_span]
    fitting = tuple(resource for resource in first if resource is not None)
    if len(fitting) < len(first):
        return None
    # Nearly always: a provider and a room are never the same, so nobody has to give way.
    if len({resource.resource_id for resource in fitting}) == len(fitting):
        return fitting
    free = [{r.resource_id: r for r, bits in ways if bits & start} for ways in by_span]
    everybody = {resource_id: resource for ways in free for resource_id, resource in ways.items()}
    numbers = list(range(len(by_span)))
    chosen = assign(numbers, list(everybody.values()), lambda span, r: r.resource_id in free[span])
    return None if chosen is None else tuple(chosen)
