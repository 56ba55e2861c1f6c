"""The whole of what can be booked, as one immutable value that decisions and searches are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID

from services.booking.events.setup import FacilityEvent, ResourceEvent, SetupEvent, VisitTypeEvent
from services.booking.setup import facility as facilities
from services.booking.setup import resource as resources
from services.booking.setup import visit_type as visit_types
from services.booking.setup.facility import Facility
from services.booking.setup.resource import Resource
from services.booking.setup.resource_set import ResourceSet, resource_set_of
from services.booking.setup.visit_type import VisitType

__all__ = ["Setup"]

_SETS_KEPT = 4_096


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Setup:
    """Facilities, visit types and resources. It may lag behind the store: a decision made from it names the
    versions it saw as ``reads``, so that it is decided again where it saw an old one."""

    facilities: Mapping[UUID, Facility] = field(default_factory=_nothing)
    visit_types: Mapping[str, VisitType] = field(default_factory=_nothing)
    """By code."""
    resources: Mapping[UUID, Resource] = field(default_factory=_nothing)
    _resource_sets: dict[tuple[str, tuple[UUID, ...]], ResourceSet] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Sets worked out before, by visit type and ids. Each change of the setup begins with none."""

    def resource_set(self, visit_type: VisitType, ids: tuple[UUID, ...]) -> ResourceSet | None:
        """The resources with these ids, for that visit type; None where one isn't there."""
        key = (visit_type.code, ids)
        known = self._resource_sets.get(key)
        if known is None:
            resources = [self.resources[each] for each in ids if each in self.resources]
            if len(resources) != len(ids):
                return None
            if len(self._resource_sets) >= _SETS_KEPT:
                self._resource_sets.clear()
            known = self._resource_sets[key] = resource_set_of(visit_type, resources, self.facilities)
        return known

    def after(self, *events: SetupEvent) -> "Setup":
        """The setup after ``events``; one that it knows already, or that skips a version, changes nothing."""
        facilities_now = dict(self.facilities)
        types_now = dict(self.visit_types)
        resources_now = dict(self.resources)
        for event in events:
            match event:
                case FacilityEvent():
                    facility = facilities_now.get(event.facility_id)
                    if _next(facility, event):
                        facilities_now[event.facility_id] = facilities.evolve(facility, event)
                case VisitTypeEvent():
                    visit_type = types_now.get(event.code)
                    if _next(visit_type, event):
                        types_now[event.code] = visit_types.evolve(visit_type, event)
                case ResourceEvent():
                    resource = resources_now.get(event.resource_id)
                    after = resources.evolve(resource, event) if _next(resource, event) else None
                    if after is not None:
                        resources_now[event.resource_id] = after
        return replace(
            self,
            facilities=MappingProxyType(facilities_now),
            visit_types=MappingProxyType(types_now),
            resources=MappingProxyType(resources_now),
        )


def _next(state: Facility | VisitType | Resource | None, event: SetupEvent) -> bool:
    return event.originator_version == (state.version if state else 0) + 1
