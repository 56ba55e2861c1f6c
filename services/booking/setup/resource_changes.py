"""A resource added, or changed in what it can and how much of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from backbone.store.decision import Decision
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.rebooking import with_tasks
from services.booking.appointments.standing import Standing
from services.booking.appointments.validity import has_what_it_needs
from services.booking.asking import Asking
from services.booking.commands.setup import AddResource, ChangeResource
from services.booking.events.setup import ResourceAdded, ResourceChanged
from services.booking.setup.catalogue import Setup
from services.booking.setup.resource import Resource, happened
from services.booking.slots import slot_of
from services.booking.values import AssignedResource

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


def change_resource(
    asking: Asking, resource: Resource, setup: Setup, wanted: ChangeResource, standing: Standing
) -> Decision:
    """Changes what is named. What was booked and no longer has what it needs, or a place, becomes a task.

    Bookings that stand are counted against a new capacity from now on; where they are too many, those booked
    last are affected, and overbookings by name are not counted.
    """
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
        **(known | _changes(wanted)),
    )
    after = setup.after(event)
    too_many = _beyond(standing, event.capacity) if event.capacity < resource.capacity else frozenset()

    def concerns(booked: Appointment, _: AssignedResource) -> bool:
        lacks = has_what_it_needs(booked, setup) and not has_what_it_needs(booked, after)
        return booked.ends_at > asking.now and (lacks or booked.appointment_id in too_many)

    affected, answer = standing.affected(concerns), {"resource_id": str(resource.resource_id)}
    decision = with_tasks(asking, event, resource, standing, affected, "resource-changed", answer)
    if event.capacity == resource.capacity:
        return decision
    return replace(decision, capacities={resource.resource_id: event.capacity})


def _changes(wanted: ChangeResource) -> dict[str, Any]:
    """What is another now. Null says nothing, as what is left out; but of visit types: any."""
    named = wanted.model_dump(exclude_unset=True)
    return {name: value for name, value in named.items() if value is not None or name == "visit_types"}


def _beyond(standing: Standing, capacity: int) -> frozenset[UUID]:
    """Who finds ``capacity`` others there before them; ids rise with the time of booking."""
    taken: Counter[int] = Counter()
    beyond = set()
    for booked in sorted(standing.appointments, key=lambda each: each.appointment_id):
        if booked.override is not None and "taken" in booked.override.of:
            continue
        slots = [
            slot
            for part in booked.resources
            if part.resource_id == standing.stretch.resource_id
            for slot in range(slot_of(part.busy_from), slot_of(part.busy_until))
        ]
        if any(taken[slot] >= capacity for slot in slots):
            beyond.add(booked.appointment_id)
        else:
            taken.update(slots)
    return frozenset(beyond)
