"""What may be decided about a resource that touches no booking: added, changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from backbone.store.decision import Decision
from services.booking.asking import Asking
from services.booking.commands.setup import AddResource, ChangeResource
from services.booking.events.setup import ResourceAdded, ResourceChanged
from services.booking.setup.catalogue import Setup
from services.booking.setup.resource import Resource, happened

__all__ = ["add_resource", "change_resource", "unknown_visit_types"]


def unknown_visit_types(codes: Mapping[str, Any], wanted: tuple[str, ...] | None) -> bool:
    """Whether some code is not offered."""
    return wanted is not None and any(code not in codes for code in wanted)


def add_resource(asking: Asking, resource_id: UUID, setup: Setup, wanted: AddResource) -> Decision:
    """A new provider, room or device at a facility; a provider has no hours yet."""
    facility = setup.facilities.get(wanted.facility_id)
    if facility is None:
        return asking.refuse("not-found", "no such facility")
    if unknown_visit_types(setup.visit_types, wanted.visit_types):
        return asking.refuse("invalid", "no such visit type")
    event = ResourceAdded(
        originator_id=resource_id,
        originator_version=1,
        timestamp=asking.now,
        resource_id=resource_id,
        **wanted.model_dump(),
    )
    answer = {"resource_id": str(resource_id)}
    return asking.record(event, answer=answer, facility_id=wanted.facility_id)


def change_resource(asking: Asking, resource: Resource, setup: Setup, wanted: ChangeResource) -> Decision:
    """Changes what is named; bookings that stand are counted against a new capacity from now on."""
    if resource.retired:
        return asking.refuse("wrong-status", "the resource is retired")
    if unknown_visit_types(setup.visit_types, wanted.visit_types):
        return asking.refuse("invalid", "no such visit type")
    known: dict[str, Any] = {
        "name": resource.name,
        "specialties": tuple(sorted(resource.specialties)),
        "visit_types": None if resource.visit_types is None else tuple(sorted(resource.visit_types)),
        "capacity": resource.capacity,
    }
    event = happened(
        ResourceChanged,
        asking,
        resource,
        kind=resource.kind,
        **(known | wanted.model_dump(exclude_unset=True)),
    )
    answer = {"resource_id": str(resource.resource_id)}
    decision = asking.record(event, answer=answer, facility_id=resource.facility_id)
    if event.capacity == resource.capacity:
        return decision
    return replace(decision, capacities={resource.resource_id: event.capacity})
