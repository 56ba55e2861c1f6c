"""Who and what a search may choose from, and for which part of the visit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.booking.setup.catalogue import Setup
from services.booking.setup.facility import Facility
from services.booking.setup.needs import answers_need
from services.booking.setup.resource import Resource
from services.booking.setup.visit_type import VisitType
from services.booking.slots import SLOT_MINUTES, fits
from services.booking.values import Need

__all__ = ["Candidates", "KnownCandidates", "Span", "candidates_for"]

_STRETCHES_KEPT = 4
_SEARCHES_KEPT = 256


@dataclass(frozen=True, slots=True)
class Span:
    """A need's part of the visit, in slots from its start, with the buffers around it."""

    need: Need
    first: int
    length: int
    ahead: int
    behind: int

    def open_starts(self, open_bits: int) -> int:
        """The visit starts at which a resource with these hours is there for this part of it."""
        return fits(open_bits, self.length) >> self.first

    def free_starts(self, idle_bits: int) -> int:
        """The visit starts at which nothing else keeps a resource from this part and its buffers."""
        free = fits(idle_bits, self.ahead + self.length + self.behind)
        shift = self.first - self.ahead
        return free >> shift if shift >= 0 else free << -shift


Way = tuple[int, int]
"""A resource, by its place among the candidates, and the starts at which it is open and not away."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a search at one facility may choose from."""

    facility: Facility
    visit_type: VisitType
    spans: tuple[Span, ...]
    resources: tuple[Resource, ...]
    """In the order in which they are preferred."""
    claimed: tuple[UUID, ...]
    """Whose busy bits are needed: the resources, in their order."""
    apart: bool
    """Whether no resource answers two needs, so that nobody has to give way to another."""
    length: int
    """Of the visit, in slots, without buffers."""
    staggered: bool
    """Whether some resource is needed for a part of the visit only."""
    _answering: tuple[tuple[int, ...], ...]
    """For each span the places of those who answer it."""
    _open: dict[tuple[int, int], tuple[tuple[Way, ...], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def open_ways(self, first_slot: int, end_slot: int) -> tuple[tuple[Way, ...], ...]:
        """For each span who answers it, with the starts at which they are open for it in that stretch, bit 0
        at its first slot; in the order of preference, without those who never are.

        Searches look through the same few stretches again and again: the last ones are remembered.
        """
        ways = self._open.get((first_slot, end_slot))
        if ways is None:
            if len(self._open) >= _STRETCHES_KEPT:
                self._open.clear()
            there = [self._open_bits(resource, first_slot, end_slot) for resource in self.resources]
            ways = self._open[first_slot, end_slot] = tuple(
                tuple((place, starts) for place in places if (starts := span.open_starts(there[place])))
                for span, places in zip(self.spans, self._answering, strict=True)
            )
        return ways

    def _open_bits(self, resource: Resource, first_slot: int, end_slot: int) -> int:
        at = self.facility
        bits = resource.open_bits(at.facility_id, at.zone, self.visit_type.code, first_slot, end_slot)
        return bits & ~resource.absent_bits(first_slot, end_slot)


class KnownCandidates:
    """Candidates found before, for as long as the setup stays the same: the next search asks for them again.

    With 60 resources and searches over a month, those that are kept take some 25 MB at most.
    """

    def __init__(self) -> None:
        self._setup = Setup()
        self._kept: dict[tuple[str, UUID, tuple[UUID, ...]], Candidates] = {}

    def at(
        self, setup: Setup, visit_type: VisitType, facility: Facility, any_of: tuple[UUID, ...]
    ) -> Candidates:
        """As ``candidates_for``."""
        if setup is not self._setup:
            self._setup, self._kept = setup, {}
        key = (visit_type.code, facility.facility_id, any_of)
        known = self._kept.get(key)
        if known is None:
            if len(self._kept) >= _SEARCHES_KEPT:
                self._kept.clear()
            known = self._kept[key] = candidates_for(setup, visit_type, facility, any_of)
        return known


def candidates_for(
    setup: Setup, visit_type: VisitType, facility: Facility, any_of: Sequence[UUID] = ()
) -> Candidates:
    """All that may serve at the facility; of a kind that ``any_of`` names, those it names, in its order."""
    spans = tuple(_span(need, visit_type) for need in visit_type.single_needs)
    named = {setup.resources[i].kind for i in any_of if i in setup.resources}
    order = {resource_id: number for number, resource_id in enumerate(any_of)}
    fitting = [
        resource
        for resource in setup.resources.values()
        if resource.can_serve(visit_type.code)
        and (resource.resource_id in order or resource.kind not in named)
        and (
            resource.works_at(facility.facility_id)
            if resource.kind == "provider"
            else _at(resource, facility)
        )
        and any(answers_need(span.need, resource) for span in spans)
    ]
    fitting.sort(key=lambda r: (order.get(r.resource_id, len(order)), r.resource_id))
    answering = tuple(
        tuple(place for place, resource in enumerate(fitting) if answers_need(span.need, resource))
        for span in spans
    )
    return Candidates(
        facility,
        visit_type,
        spans,
        tuple(fitting),
        claimed=tuple(resource.resource_id for resource in fitting),
        apart=sum(map(len, answering)) == len(set().union(*answering)),
        length=visit_type.minutes // SLOT_MINUTES,
        staggered=visit_type.staggered,
        _answering=answering,
    )


def _at(resource: Resource, facility: Facility) -> bool:
    return resource.facility_id == facility.facility_id


def _span(need: Need, visit_type: VisitType) -> Span:
    minutes = visit_type.minutes - need.from_minute if need.minutes is None else need.minutes
    return Span(
        need,
        need.from_minute // SLOT_MINUTES,
        minutes // SLOT_MINUTES,
        visit_type.buffer_before_minutes // SLOT_MINUTES,
        visit_type.buffer_after_minutes // SLOT_MINUTES,
    )
