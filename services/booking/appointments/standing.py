"""The appointments in a stretch of a resource's time: those that a change of the resource may concern."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backbone.local_time import MINUTES_A_DAY, instant_of
from backbone.store.decision import Occupancy
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.group_visit import seats_resource
from services.booking.appointments.visit import FARTHEST_AHEAD
from services.booking.commands.setup import AddAbsence, SetTemplate
from services.booking.setup.catalogue import Setup
from services.booking.setup.resource import Absence, Resource
from services.booking.slots import slot_after, slot_of
from services.booking.values import AssignedResource

__all__ = ["Standing", "Stretch", "absence_stretch", "coming_stretch", "template_stretch"]

_AS_FAR_AS_BOOKED = FARTHEST_AHEAD + timedelta(days=1)
"""The last visit that may be booked can go on into the next day."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of slots of a resource in which bookings may be concerned."""

    resource_id: UUID
    first_slot: int
    end_slot: int

    @property
    def nothing(self) -> "Stretch":
        """The same resource, without any time."""
        return Stretch(self.resource_id, self.first_slot, self.first_slot)


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

    @property
    def reads(self) -> dict[UUID, int]:
        """The versions seen. The guards alone would miss an appointment that moves within the stretch, or a
        hold that is booked: its owner stays the same."""
        return {each.appointment_id: each.version for each in (*self.appointments, *self.seats)}

    def seats_of(self, session: Appointment) -> Sequence[Appointment]:
        """The seats taken in a group visit."""
        return [seat for seat in self.seats if seat.session_id == session.appointment_id]

    def affected(self, concerns: Callable[[Appointment, AssignedResource], bool]) -> Iterable[Appointment]:
        """Bookings of which the resource's part is concerned; of a group visit, each seat.

        Holds are left out: whoever books one is told at that time.
        """
        for appointment in self.appointments:
            own = (part for part in appointment.resources if part.resource_id == self.stretch.resource_id)
            if any(concerns(appointment, part) for part in own):
                booked = (appointment,) if appointment.seats is None else self.seats_of(appointment)
                yield from (each for each in booked if each.status != "held")


def absence_stretch(resource: Resource, absence: AddAbsence | Absence) -> Stretch:
    """Where an absence may concern bookings."""
    return Stretch(resource.resource_id, slot_of(absence.starts_at), slot_after(absence.ends_at))


def template_stretch(resource: Resource, setup: Setup, wanted: SetTemplate, now: datetime) -> Stretch:
    """Where other weekly hours may concern bookings: from now on, as far as anything is booked."""
    first, end = now, now + _AS_FAR_AS_BOOKED
    zones = [setup.facilities[resource.facility_id].zone] if resource.facility_id in setup.facilities else []
    for zone in zones:
        first = max(first, instant_of(wanted.effective_from - timedelta(days=2), 0, zone))
        if wanted.effective_to is not None and wanted.effective_to < date.max - timedelta(days=3):
            end = min(end, instant_of(wanted.effective_to + timedelta(days=2), MINUTES_A_DAY, zone))
    return Stretch(resource.resource_id, slot_of(first), max(slot_after(end), slot_of(first)))


def coming_stretch(resource: Resource, now: datetime) -> Stretch:
    """All that is booked from now on."""
    return Stretch(resource.resource_id, slot_of(now), slot_after(now + _AS_FAR_AS_BOOKED))
