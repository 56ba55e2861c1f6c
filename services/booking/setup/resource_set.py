"""The resources that are named for a visit together: what holds of them at any time, worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.booking.setup.facility import Facility
from services.booking.setup.needs import answers_need, assign
from services.booking.setup.resource import Resource
from services.booking.setup.visit_type import VisitType

__all__ = ["ResourceSet", "resource_set_of"]


@dataclass(frozen=True, slots=True)
class ResourceSet:
    """A visit type and resources for it, in the order in which they were named."""

    visit_type: VisitType
    resources: tuple[Resource, ...]
    by_id: Mapping[UUID, Resource]
    problem: str | None
    """Why they can't serve the visit type, whenever; None: they can."""
    housed: bool
    """Whether rooms or devices are among them: these decide at which facility the visit is."""
    place: Facility | None
    """The facility of the rooms and devices; None where they are at several, or where there are none."""
    whole: bool
    """Whether every need is for the whole of the visit."""
    suits: bool
    """Whether each need has a resource of its own that answers it, whenever that is needed."""
    length: timedelta
    """Of the visit, without buffers."""
    before: timedelta
    """The buffer before it."""
    after: timedelta
    """The buffer after it."""


def resource_set_of(
    visit_type: VisitType, resources: Sequence[Resource], facilities: Mapping[UUID, Facility]
) -> ResourceSet:
    """The facts about these resources for visits of this type."""
    needs = visit_type.single_needs
    houses = {resource.facility_id for resource in resources if resource.kind != "provider"}
    return ResourceSet(
        visit_type=visit_type,
        resources=tuple(resources),
        by_id={resource.resource_id: resource for resource in resources},
        problem=_problem(visit_type, resources),
        housed=bool(houses),
        place=facilities.get(next(iter(houses))) if len(houses) == 1 else None,
        whole=all(need.from_minute == 0 and need.minutes is None for need in needs),
        suits=assign(needs, resources, answers_need) is not None,
        length=timedelta(minutes=visit_type.minutes),
        before=timedelta(minutes=visit_type.buffer_before_minutes),
        after=timedelta(minutes=visit_type.buffer_after_minutes),
    )


def _problem(visit_type: VisitType, resources: Sequence[Resource]) -> str | None:
    if len({resource.resource_id for resource in resources}) != len(resources):
        return "a resource is named twice"
    if any(resource.retired for resource in resources):
        return "a resource is retired"
    if not all(resource.can_serve(visit_type.code) for resource in resources):
        return "a resource does not serve this visit type"
    return None
