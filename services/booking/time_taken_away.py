"""Time taken away from bookings by an absence, other hours, a retirement: each booking becomes a task."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from backbone.events import DomainEvent
from backbone.local_time import MINUTES_A_DAY, instant_of
from backbone.store.decision import Decision, Occupancy
from services.booking.appointment import Appointment
from services.booking.asking import Asking
from services.booking.commands.setup import AddAbsence, SetTemplate
from services.booking.events.setup import AbsenceAdded, ResourceRetired, TemplateChanged
from services.booking.group_visit import seats_resource
from services.booking.resource import Resource, evolve
from services.booking.resource_changes import unknown_visit_types
from services.booking.setup import Setup
from services.booking.slots import bits_between, slot_after, slot_of
from services.booking.task import rebook
from services.booking.values import AssignedResource, WeeklyHours
from services.booking.visit import FARTHEST_AHEAD

__all__ = [
    "Standing",
    "Stretch",
    "absence_stretch",
    "add_absence",
    "retire",
    "retirement_stretch",
    "set_template",
]
__all__ += ["template_stretch"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of slots of a resource in which bookings may be concerned."""

    resource_id: UUID
    first_slot: int
    end_slot: int


@dataclass(frozen=True, slots=True)
class Standing:
    """All that holds the resource in a stretch, and, of each group visit among it, the seats."""

    stretch: Stretch
    appointments: tuple[Appointment, ...] = ()
    seats: tuple[Appointment, ...] = ()

    def guards(self) -> tuple[Occupancy, ...]:
        """What must still be so when the decision is committed: no booking slips in or out unseen."""
        whole = self.stretch
        owners = frozenset(appointment.appointment_id for appointment in self.appointments)
        if whole.first_slot >= whole.end_slot:
            return ()
        guards = [Occupancy(whole.resource_id, whole.first_slot, whole.end_slot, owners)]
        for session in self.appointments:
            if session.seats is not None:
                resource, seats = seats_resource(session.appointment_id), self.seats_of(session)
                first, end = slot_of(session.starts_at), slot_of(session.ends_at)
                guards.append(Occupancy(resource, first, end, frozenset(s.appointment_id for s in seats)))
        return tuple(guards)

    def seats_of(self, session: Appointment) -> Sequence[Appointment]:
        """The seats taken in a group visit."""
        return [seat for seat in self.seats if seat.session_id == session.appointment_id]

    def affected(self, concerns: Callable[[Appointment, AssignedResource], bool]) -> Iterable[Appointment]:
        """Bookings and holds of which the resource's part is concerned; of a group visit, each seat."""
        for appointment in self.appointments:
            own = (part for part in appointment.resources if part.resource_id == self.stretch.resource_id)
            if any(concerns(appointment, part) for part in own):
                yield from (appointment,) if appointment.seats is None else self.seats_of(appointment)


def absence_stretch(resource: Resource, wanted: AddAbsence) -> Stretch:
    """Where an absence may concern bookings."""
    return Stretch(resource.resource_id, slot_of(wanted.starts_at), slot_after(wanted.ends_at))


def template_stretch(resource: Resource, setup: Setup, wanted: SetTemplate, now: datetime) -> Stretch:
    """Where other weekly hours may concern bookings: from now on, as far as anything is booked."""
    first, end = now, now + FARTHEST_AHEAD + timedelta(days=1)
    zones = [setup.facilities[resource.facility_id].zone] if resource.facility_id in setup.facilities else []
    for zone in zones:
        first = max(first, instant_of(wanted.effective_from - timedelta(days=2), 0, zone))
        if wanted.effective_to is not None and wanted.effective_to < date.max - timedelta(days=3):
            end = min(end, instant_of(wanted.effective_to + timedelta(days=2), MINUTES_A_DAY, zone))
    return Stretch(resource.resource_id, slot_of(first), max(slot_after(end), slot_of(first)))


def retirement_stretch(resource: Resource, now: datetime) -> Stretch:
    """All that is booked from now on."""
    return Stretch(resource.resource_id, slot_of(now), slot_of(now + FARTHEST_AHEAD) + MINUTES_A_DAY)


def add_absence(
    asking: Asking, resource: Resource, absence_id: UUID, wanted: AddAbsence, standing: Standing
) -> Decision:
    """It is away; nothing is booked over it from now on, and what was booked before becomes tasks."""
    event = AbsenceAdded(
        originator_id=resource.resource_id,
        originator_version=resource.version + 1,
        timestamp=asking.now,
        resource_id=resource.resource_id,
        facility_id=resource.facility_id,
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
    answer = {"absence_id": str(absence_id)}
    return _decided(
        asking, event, resource, standing, affected, f"absence-{wanted.reason}", absence_id, answer
    )


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
    event = TemplateChanged(
        originator_id=resource.resource_id,
        originator_version=resource.version + 1,
        timestamp=asking.now,
        resource_id=resource.resource_id,
        facility_id=resource.facility_id,
        effective_from=wanted.effective_from,
        effective_to=wanted.effective_to,
        weekly=tuple(WeeklyHours(**hours.model_dump()) for hours in wanted.weekly),
    )
    after = evolve(resource, event) or resource

    def concerns(booked: Appointment, part: AssignedResource) -> bool:
        was_open = _open(resource, setup, booked, part)
        return booked.ends_at > asking.now and was_open and not _open(after, setup, booked, part)

    return _decided(
        asking, event, resource, standing, standing.affected(concerns), "template-changed", None, {}
    )


def retire(asking: Asking, resource: Resource, standing: Standing) -> Decision:
    """It takes no more bookings; it is not deleted. Retiring it twice changes nothing."""
    answer = {"resource_id": str(resource.resource_id)}
    if resource.retired:
        return asking.unchanged(resource.resource_id, resource.version, answer | {"affected": []})
    event = ResourceRetired(
        originator_id=resource.resource_id,
        originator_version=resource.version + 1,
        timestamp=asking.now,
        resource_id=resource.resource_id,
        facility_id=resource.facility_id,
    )
    affected = standing.affected(lambda booked, _: booked.ends_at > asking.now)
    return _decided(asking, event, resource, standing, affected, "resource-retired", None, answer)


def _open(resource: Resource, setup: Setup, booked: Appointment, part: AssignedResource) -> bool:
    first, end = slot_of(part.starts_at), slot_of(part.ends_at)
    zone = setup.facilities[booked.facility_id].zone
    return resource.open_bits(booked.facility_id, zone, booked.visit_type, first, end) == bits_between(
        0, end - first
    )


def _decided(
    asking: Asking,
    event: DomainEvent,
    resource: Resource,
    standing: Standing,
    affected: Iterable[Appointment],
    reason_code: str,
    cause: UUID | None,
    answer: dict[str, str],
) -> Decision:
    whom = sorted(affected, key=lambda booked: (booked.starts_at, booked.appointment_id))
    from_event = cause or uuid5(resource.resource_id, str(event.originator_version))
    tasks = [rebook(asking, from_event, booked, resource.resource_id, reason_code) for booked in whom]
    decision = asking.record(
        event,
        *tasks,
        answer={**answer, "affected": [str(booked.appointment_id) for booked in whom]},
        facility_id=resource.facility_id,
    )
    return replace(decision, occupied=standing.guards())
