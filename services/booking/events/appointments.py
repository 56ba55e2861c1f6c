"""What happens to an appointment. Each event carries the whole appointment as it is after."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from backbone.events import DomainEvent
from services.booking.sealed import Sealed
from services.booking.values import (
    AppointmentStatus,
    AssignedResource,
    By,
    Override,
    PreparationItem,
    Priority,
    Value,
)

__all__ = [
    "AppointmentBooked",
    "AppointmentCancelled",
    "AppointmentConfirmed",
    "AppointmentDetails",
    "AppointmentDetailsChanged",
    "AppointmentEnteredInError",
    "AppointmentEvent",
    "AppointmentRescheduled",
    "Before",
    "HoldExpired",
    "HoldReleased",
    "PreparationConfirmed",
    "SlotHeld",
]


class AppointmentDetails(Value):
    """An appointment as a whole. A group visit's session is one too: with ``seats``, without a patient."""

    appointment_id: UUID
    """The stream's id and the record's key."""
    status: AppointmentStatus
    """The status after the event."""
    facility_id: UUID
    """Where it takes place."""
    patient_id: UUID | None = None
    """The patient's pseudonym; null for a group visit's session and for a hold that names nobody yet."""
    visit_type: str
    """The visit type's code."""
    starts_at: datetime
    """On the five-minute grid, buffers not counted."""
    ends_at: datetime
    """On the five-minute grid, buffers not counted; not included."""
    local_start: str
    """The facility's wall clock at the start, without offset: what was agreed, should zone rules change."""
    time_zone: str
    """The facility's zone (IANA name), in which ``local_start`` is read."""
    resources: tuple[AssignedResource, ...] = ()
    """Who and what serves it; a seat in a group visit names the session's resources."""
    priority: Priority = "routine"
    """How urgent it is, as triage found."""
    reason: Sealed | None = None
    """Why the patient comes, in their words: ciphertext."""
    preparation: tuple[PreparationItem, ...] = ()
    """What the patient has to do before."""
    override: Override | None = None
    """The rules that were set aside to book this time; null: none."""
    expires_at: datetime | None = None
    """Of a hold: when it ends by itself; null for everything else."""
    held_by: str | None = None
    """Of a hold: the pseudonym of the user who keeps the time, as in ``ce_authid``."""
    session_id: UUID | None = None
    """Of a seat in a group visit: the session's ``appointment_id``."""
    seats: int | None = None
    """Of a group visit's session: for how many patients it is."""
    patient_time_of: tuple[UUID, ...] = ()
    """The pseudonyms whose time it takes: the patient's, and those of records merged into it."""
    series_id: UUID | None = None
    """The series that it was booked in; null: none."""
    plan_id: UUID | None = None
    """The visit plan that it was booked in; null: none."""


class Before(Value):
    """What a change of time, place or status replaced; null in each field that stayed as it was."""

    status: AppointmentStatus | None = None
    """The status before."""
    starts_at: datetime | None = None
    """The start before."""
    ends_at: datetime | None = None
    """The end before."""
    facility_id: UUID | None = None
    """The facility before."""
    resource_ids: tuple[UUID, ...] | None = None
    """The resources before."""
    priority: Priority | None = None
    """The priority before."""


class AppointmentEvent(AppointmentDetails, DomainEvent):
    """Something happened to an appointment."""

    service: ClassVar[str] = "booking"
    kafka_topic: ClassVar[str] = "almanac.booking.appointments"

    resource_ids: tuple[UUID, ...] = ()
    """The ids in ``resources``, for readers who need no more."""
    by: By = "clinic"
    """Who wanted the change; the user who entered it stands in ``ce_authid``."""
    reason_code: str | None = None
    """Why, in the installation's own codes."""
    before: Before | None = None
    """What the event changed, as it was before; null: nothing of it."""


class SlotHeld(AppointmentEvent):
    """A time is kept until ``expires_at``; of a group visit: until the last of its held seats expires."""


class HoldExpired(AppointmentEvent):
    """A hold ran out before it was booked."""


class HoldReleased(AppointmentEvent):
    """A hold was given back."""


class AppointmentBooked(AppointmentEvent):
    """A visit is booked, from a hold or at once."""


class AppointmentConfirmed(AppointmentEvent):
    """The patient said that they will come."""


class AppointmentRescheduled(AppointmentEvent):
    """The same appointment at another time or with other resources."""

    replan_id: UUID | None = None
    """The replanned day that moved it; null: it was moved by itself."""


class AppointmentDetailsChanged(AppointmentEvent):
    """The reason or the priority of an appointment was changed."""


class AppointmentCancelled(AppointmentEvent):
    """An appointment won't take place."""

    note: Sealed | None = None
    """What was noted about the cancellation: ciphertext."""


class AppointmentEnteredInError(AppointmentEvent):
    """An appointment should never have been entered; it counts nowhere."""


class PreparationConfirmed(AppointmentEvent):
    """The patient said that something to be done before the visit is done."""

    items: tuple[str, ...] = Field(default=())
    """The texts that were confirmed, as they stand in ``preparation``."""
