"""Facilities, visit types, resources: added, changed, taken away."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from backbone.ids import new_id
from backbone.store.decision import Decision, Outcome
from services.booking.appointments.standing import (
    Standing,
    absence_stretch,
    coming_stretch,
    template_stretch,
)
from services.booking.commands.setup import (
    AddAbsence,
    AddFacility,
    AddResource,
    AddVisitType,
    ChangeFacility,
    ChangeResource,
    SetTemplate,
)
from services.booking.handling.asker import Asker
from services.booking.handling.hidden import Hidden
from services.booking.setup.catalogue import Setup
from services.booking.setup.facility_changes import add_facility, change_facility
from services.booking.setup.resource import Resource
from services.booking.setup.resource_changes import add_resource, change_resource
from services.booking.setup.time_taken_away import add_absence, remove_absence, retire, set_template
from services.booking.setup.visit_type import add_visit_type, change_visit_type
from services.booking.store import BookingStore
from services.booking.tasks.open_tasks import OpenTasks

__all__ = ["SettingUp"]

_CONCERNING = frozenset({"specialties", "visit_types", "capacity"})
"""The fields of a resource on which bookings depend; a new name concerns none of them."""

_Change = Callable[[Resource, Setup], Awaitable[Decision]]


class SettingUp:
    """The part of the service that changes what can be booked."""

    def __init__(self, store: BookingStore) -> None:
        self._store = store

    async def add_facility(self, asker: Asker, wanted: AddFacility) -> Outcome:
        """A new facility: for the organisation to open, not for one of its facilities."""
        new = new_id()

        async def decide(_: Setup) -> Decision:
            return asker.limited() or add_facility(asker.asking, new, wanted)

        return await self._store.execute(decide)

    async def change_facility(self, asker: Asker, facility_id: UUID, wanted: ChangeFacility) -> Outcome:
        """Other name, number or zone."""

        async def decide(setup: Setup) -> Decision:
            known = setup.facilities.get(facility_id)
            if known is None or not asker.caller.sees_facility(facility_id):
                return asker.asking.refuse("not-found", "no such facility")
            if stale := asker.outdated(known.version):
                return stale
            if wanted.time_zone in (None, known.time_zone):
                return change_facility(asker.asking, known, wanted)
            standings = await self._standing_at(facility_id, setup, asker.asking.now)
            return change_facility(asker.asking, known, wanted, standings)

        return await self._store.execute(decide)

    async def add_visit_type(self, asker: Asker, wanted: AddVisitType) -> Outcome:
        """A new kind of visit, at every facility."""

        async def decide(setup: Setup) -> Decision:
            return asker.limited() or add_visit_type(asker.asking, setup.visit_types.get(wanted.code), wanted)

        return await self._store.execute(decide)

    async def change_visit_type(self, asker: Asker, code: str, wanted: AddVisitType) -> Outcome:
        """A kind of visit offered otherwise, at every facility."""

        async def decide(setup: Setup) -> Decision:
            if limited := asker.limited():
                return limited
            known = setup.visit_types.get(code)
            if known is None:
                return asker.asking.refuse("not-found", "no such visit type")
            return asker.outdated(known.version) or change_visit_type(asker.asking, known, wanted)

        return await self._store.execute(decide)

    async def add_resource(self, asker: Asker, wanted: AddResource) -> Outcome:
        """A new provider, room or device."""
        new = new_id()
        if not asker.caller.sees_facility(wanted.facility_id):
            raise Hidden

        async def decide(setup: Setup) -> Decision:
            return add_resource(asker.asking, new, setup, wanted)

        return await self._store.execute(decide)

    async def change_resource(self, asker: Asker, resource_id: UUID, wanted: ChangeResource) -> Outcome:
        """Changes what is known of the resource."""

        async def change(resource: Resource, setup: Setup) -> Decision:
            stretch = coming_stretch(resource, asker.asking.now)
            if _CONCERNING.isdisjoint(wanted.model_fields_set):
                stretch = stretch.nothing
            standing = await self._store.standing(stretch)
            return change_resource(asker.asking, resource, setup, wanted, standing)

        return await self._change(asker, resource_id, change)

    async def set_template(self, asker: Asker, resource_id: UUID, wanted: SetTemplate) -> Outcome:
        """Other weekly hours, at facilities that exist for the asker."""
        elsewhere = {hours.facility_id for hours in wanted.weekly if hours.facility_id is not None}
        if not all(asker.caller.sees_facility(facility_id) for facility_id in elsewhere):
            raise Hidden

        async def change(resource: Resource, setup: Setup) -> Decision:
            stretch = template_stretch(resource, setup, wanted, asker.asking.now)
            standing = await self._store.standing(stretch)
            return set_template(asker.asking, resource, setup, wanted, standing)

        return await self._change(asker, resource_id, change)

    async def add_absence(self, asker: Asker, resource_id: UUID, wanted: AddAbsence) -> Outcome:
        """Away for a time."""
        new = new_id()

        async def change(resource: Resource, _: Setup) -> Decision:
            standing = await self._store.standing(absence_stretch(resource, wanted))
            return add_absence(asker.asking, resource, new, wanted, standing)

        return await self._change(asker, resource_id, change)

    async def remove_absence(self, asker: Asker, resource_id: UUID, absence_id: UUID) -> Outcome:
        """Not away after all."""

        async def change(resource: Resource, _: Setup) -> Decision:
            tasks = await self._tasks_because_of(resource, absence_id)
            return remove_absence(asker.asking, resource, absence_id, tasks)

        return await self._change(asker, resource_id, change)

    async def retire(self, asker: Asker, resource_id: UUID) -> Outcome:
        """No more bookings."""

        async def change(resource: Resource, _: Setup) -> Decision:
            standing = await self._store.standing(coming_stretch(resource, asker.asking.now))
            return retire(asker.asking, resource, standing)

        return await self._change(asker, resource_id, change)

    async def _standing_at(self, facility_id: UUID, setup: Setup, now: datetime) -> list[Standing]:
        there = [each for each in setup.resources.values() if each.may_be_booked_at(facility_id)]
        return [await self._store.standing(coming_stretch(resource, now)) for resource in there]

    async def _tasks_because_of(self, resource: Resource, absence_id: UUID) -> OpenTasks:
        absence = resource.absences.get(absence_id)
        if absence is None:
            return OpenTasks()
        standing = await self._store.standing(absence_stretch(resource, absence))
        return await self._store.open_tasks(*standing.reads)

    async def _change(self, asker: Asker, resource_id: UUID, change: _Change) -> Outcome:
        async def decide(setup: Setup) -> Decision:
            known = setup.resources.get(resource_id)
            if known is None or not asker.caller.sees_facility(known.facility_id):
                return asker.asking.refuse("not-found", "no such resource")
            return asker.outdated(known.version) or await change(known, setup)

        return await self._store.execute(decide)
