"""Time taken away from bookings by an absence, other hours, a retirement; and time given back."""

from uuid import UUID

from backbone.store.decision import Decision
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.rebooking import with_tasks
from services.booking.appointments.standing import Standing
from services.booking.asking import Asking
from services.booking.commands.setup import AddAbsence, SetTemplate
from services.booking.events.setup import AbsenceAdded, AbsenceRemoved, ResourceRetired, TemplateChanged
from services.booking.setup.catalogue import Setup
from services.booking.setup.resource import Resource, evolve, happened
from services.booking.setup.resource_changes import unknown_visit_types
from services.booking.slots import bits_between, slot_of
from services.booking.tasks.open_tasks import OpenTasks
from services.booking.tasks.task import rebook_id
from services.booking.values import AssignedResource, WeeklyHours

__all__ = ["add_absence", "remove_absence", "retire", "set_template"]


def add_absence(
    asking: Asking, resource: Resource, absence_id: UUID, wanted: AddAbsence, standing: Standing
) -> Decision:
    """It is away; nothing is booked over it from now on, and what was booked before becomes tasks."""
    event = happened(
        AbsenceAdded,
        asking,
        resource,
        absence_id=absence_id,
        **wanted.model_dump(),
    )
    affected = standing.affected(
        lambda booked, part: (
            booked.ends_at > asking.now
            and wanted.starts_at < part.ends_at
            and part.starts_at < wanted.ends_at
        )
    )
    answer, reason = {"absence_id": str(absence_id)}, f"absence-{wanted.reason}"
    return with_tasks(asking, event, resource, standing, affected, reason, answer, absence_id)


def remove_absence(asking: Asking, resource: Resource, absence_id: UUID, tasks: OpenTasks) -> Decision:
    """It is not away after all; of ``tasks``, those that the absence opened need no doing any more."""
    absence = resource.absences.get(absence_id)
    if absence is None:
        return asking.refuse("not-found", "no such absence")
    event = happened(
        AbsenceRemoved,
        asking,
        resource,
        absence_id=absence_id,
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
    )
    decision = asking.record(event, answer={"absence_id": str(absence_id)}, facility_id=resource.facility_id)
    opened = {rebook_id(absence_id, appointment_id) for appointment_id in tasks.subjects}
    return tasks.some_done_by(decision, asking, "not-needed", opened)


def set_template(
    asking: Asking, resource: Resource, setup: Setup, wanted: SetTemplate, standing: Standing
) -> Decision:
    """Other weekly hours in a range of days. Affected is what lay within the old and not within the new."""
    if resource.retired:
        return asking.refuse("wrong-status", "the resource is retired")
    if any(hours.facility_id not in (None, *setup.facilities) for hours in wanted.weekly):
        return asking.refuse("not-found", "no such facility")
    if any(unknown_visit_types(setup.visit_types, hours.visit_types) for hours in wanted.weekly):
        return asking.refuse("invalid", "no such visit type")
    event = happened(
        TemplateChanged,
        asking,
        resource,
        effective_from=wanted.effective_from,
        effective_to=wanted.effective_to,
        weekly=tuple(WeeklyHours(**hours.model_dump()) for hours in wanted.weekly),
    )
    after = evolve(resource, event) or resource

    def concerns(booked: Appointment, part: AssignedResource) -> bool:
        was_open = _open(resource, setup, booked, part)
        return booked.ends_at > asking.now and was_open and not _open(after, setup, booked, part)

    affected = standing.affected(concerns)
    return with_tasks(asking, event, resource, standing, affected, "template-changed", {})


def retire(asking: Asking, resource: Resource, standing: Standing) -> Decision:
    """It takes no more bookings; it is not deleted. Retiring it twice changes nothing."""
    answer = {"resource_id": str(resource.resource_id)}
    if resource.retired:
        return asking.unchanged(resource.resource_id, resource.version, answer | {"affected": []})
    event = happened(ResourceRetired, asking, resource)
    affected = standing.affected(lambda booked, _: booked.ends_at > asking.now)
    return with_tasks(asking, event, resource, standing, affected, "resource-retired", answer)


def _open(resource: Resource, setup: Setup, booked: Appointment, part: AssignedResource) -> bool:
    first, end = slot_of(part.starts_at), slot_of(part.ends_at)
    zone = setup.facilities[booked.facility_id].zone
    return resource.open_bits(booked.facility_id, zone, booked.visit_type, first, end) == bits_between(
        0, end - first
    )
