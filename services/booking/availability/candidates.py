"""Who and what a search may choose from, and for which part of the visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.booking.setup.catalogue import Setup
from services.booking.setup.facility import Facility
from services.booking.setup.needs import answers_need
from services.booking.setup.resource import Resource
from services.booking.setup.visit_type import VisitType
from services.booking.slots import SLOT_MINUTES, fits
from services.booking.values import Need

__all__ = ["Candidates", "Span", "candidates_for"]


@dataclass(frozen=True, slots=True)
class Span:
    """A need's part of the visit, in slots from its start, with the buffers around it."""

    need: Need
    first: int
    length: int
    ahead: int
    behind: int

    def starts(self, open_bits: int, idle_bits: int) -> int:
        """The visit starts at which a resource with these bits is there for this part of it."""
        there = fits(open_bits, self.length) >> self.first
        free = fits(idle_bits, self.ahead + self.length + self.behind)
        shift = self.first - self.ahead
        return there & (free >> shift if shift >= 0 else free << -shift)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a search at one facility may choose from."""

    facility: Facility
    visit_type: VisitType
    spans: tuple[Span, ...]
    resources: tuple[Resource, ...]
    """In the order in which they are preferred."""

    @property
    def claimed(self) -> tuple[UUID, ...]:
        """Whose busy bits are needed."""
        return tuple(resource.resource_id for resource in self.resources)


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
    return Candidates(facility, visit_type, spans, tuple(fitting))


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
