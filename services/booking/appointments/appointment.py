"""An appointment: its state, how events change it, and how the next event is made of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from backbone.making import made
from services.booking.appointments.visit import Visit
from services.booking.asking import Asking
from services.booking.events.appointments import (
    AppointmentDetails,
    AppointmentEvent,
    Before,
    HoldExpired,
    HoldReleased,
)
from services.booking.patients.patient import Patient
from services.booking.sealed import Sealed
from services.booking.values import AppointmentStatus, Override, Priority

__all__ = [
    "Appointment",
    "answer_of",
    "before",
    "evolve",
    "fold",
    "happened",
    "planned",
    "recorded",
]

_FIELDS = tuple(AppointmentDetails.model_fields)
E_ = TypeVar("E_", bound=AppointmentEvent)


class SessionId(Protocol):
    """What has the id of a group visit's session."""

    @property
    def session_id(self) -> UUID:
        """The id."""
        ...


class Appointment(AppointmentDetails):
    """What it is now; ``version`` is that of its stream."""

    version: int
    only_held: bool = False
    """A hold that ran out or was given back: nobody was ever booked."""

    @property
    def resource_ids(self) -> tuple[UUID, ...]:
        """Who and what it takes."""
        return tuple(part.resource_id for part in self.resources)

    @property
    def live(self) -> bool:
        """Whether it takes anybody's time."""
        return self.status in ("held", "booked", "confirmed")

    def held_at(self, now: datetime) -> bool:
        """Whether it is a hold that has not run out."""
        return self.status == "held" and self.expires_at is not None and now < self.expires_at


def evolve(_: Appointment | None, event: AppointmentEvent) -> Appointment:
    """The appointment after ``event``: each event carries it whole."""
    values = {name: getattr(event, name) for name in _FIELDS}
    lost = isinstance(event, HoldExpired | HoldReleased)
    return Appointment.model_construct(version=event.originator_version, only_held=lost, **values)


def fold(events: Iterable[AppointmentEvent]) -> Appointment | None:
    """The appointment after all of its events, or None where there are none."""
    state: Appointment | None = None
    for event in events:
        state = evolve(state, event)
    return state


def planned(
    appointment_id: UUID,
    visit: Visit,
    status: AppointmentStatus,
    patient: Patient | None,
    session: SessionId | None = None,
    *,
    priority: Priority = "routine",
    reason: Sealed | None = None,
    override: Override | None = None,
    expires_at: datetime | None = None,
    held_by: str | None = None,
) -> Appointment:
    """An appointment that doesn't exist yet (version 0); with a ``session``: a seat in it."""
    return made(
        Appointment,
        {
            "appointment_id": appointment_id,
            "status": status,
            "facility_id": visit.facility.facility_id,
            "patient_id": patient.patient_id if patient else None,
            "visit_type": visit.visit_type.code,
            "starts_at": visit.starts_at,
            "ends_at": visit.ends_at,
            "local_start": visit.local_start,
            "time_zone": visit.facility.time_zone,
            "resources": visit.assigned,
            "priority": priority,
            "reason": reason,
            "preparation": visit.preparation,
            "override": override,
            "expires_at": expires_at,
            "held_by": held_by,
            "session_id": session.session_id if session else None,
            "patient_time_of": patient.time_of if patient else (),
            "version": 0,
        },
    )


def happened(
    kind: type[E_], asking: Asking, was: Appointment, changes: dict[str, Any] | None = None, **more: Any
) -> E_:
    """The next event of ``was``, which it leaves with these ``changes``; ``more``: the event's own fields.

    Of an appointment that is only ``planned`` it is the first.
    """
    return recorded(kind, was, asking.now, changes or {}, **({"by": asking.by} | more))


def recorded(kind: type[E_], was: Appointment, now: datetime, changes: dict[str, Any], **more: Any) -> E_:
    """The same of what happens by itself, at ``now``: nobody asked for it."""
    values = {name: getattr(was, name) for name in _FIELDS} | changes
    return made(
        kind,
        {
            "originator_id": was.appointment_id,
            "originator_version": was.version + 1,
            "timestamp": now,
            "resource_ids": tuple([part.resource_id for part in values["resources"]]),
            **more,
            **values,
        },
    )


def before(was: Appointment, *names: str) -> Before:
    """What stood before, in the fields named."""
    return Before(**{name: getattr(was, name) for name in names})


def answer_of(after: AppointmentDetails) -> dict[str, Any]:
    """The answer's body: nothing in it is the patient's."""
    answer: dict[str, Any] = {
        "appointment_id": after.appointment_id,
        "status": after.status,
        "visit_type": after.visit_type,
        "facility_id": after.facility_id,
        "starts_at": after.starts_at,
        "ends_at": after.ends_at,
        "local_start": after.local_start,
        "time_zone": after.time_zone,
        "resource_ids": [part.resource_id for part in after.resources],
    }
    if after.expires_at is not None:
        answer["expires_at"] = after.expires_at
    if after.session_id is not None:
        answer["session_id"] = after.session_id
    return answer
