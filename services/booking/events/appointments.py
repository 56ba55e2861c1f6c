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
    """After the event."""
    facility_id: UUID
    """Where it takes place."""
    patient_id: UUID | None = None
    """A pseudonym; none in a session, and in a hold for nobody yet."""
    visit_type: str
    """Code."""
    starts_at: datetime
    """On the five-minute grid, buffers not counted."""
    ends_at: datetime
    """The same; not included."""
    local_start: str
    """The facility's wall clock at the start, without offset; kept, as zone rules change."""
    time_zone: str
    """The facility's, an IANA name; ``local_start`` is read in it."""
    resources: tuple[AssignedResource, ...] = ()
    """A seat in a group visit has the session's resources without claiming them."""
    priority: Priority = "routine"
    """The triage's answer."""
    reason: Sealed | None = None
    """Why the patient comes, in their words: ciphertext."""
    preparation: tuple[PreparationItem, ...] = ()
    """What the patient has to do before."""
    override: Override | None = None
    """The rules that were set aside for this time, if any."""
    expires_at: datetime | None = None
    """A hold's end."""
    held_by: str | None = None
    """Of a hold: the pseudonym of who keeps the time, as in ``ce_authid``."""
    session_id: UUID | None = None
    """The group visit that this is a seat in."""
    seats: int | None = None
    """Of a group visit's session: for how many patients it is."""
    patient_time_of: tuple[UUID, ...] = ()
    """The pseudonyms whose time it takes: the patient's and those merged into it."""
    series_id: UUID | None = None
    """The series that it was booked in."""
    plan_id: UUID | None = None
    """The visit plan that it was booked in."""


class Before(Value):
    """What stood before, in the fields that a change of time or status touches; the others are None."""

    status: AppointmentStatus | None = None
    """If it is another now."""
    starts_at: datetime | None = None
    """If it starts at another time now."""
    ends_at: datetime | None = None
    """If it ends at another time now."""
    facility_id: UUID | None = None
    """If it takes place elsewhere now."""
    resource_ids: tuple[UUID, ...] | None = None
    """If others serve it now: those that did."""
    priority: Priority | None = None
    """If it is more or less pressing now."""


class AppointmentEvent(AppointmentDetails, DomainEvent):
    """Something happened to an appointment."""

    service: ClassVar[str] = "booking"
    kafka_topic: ClassVar[str] = "almanac.booking.appointments"

    resource_ids: tuple[UUID, ...] = ()
    """Of ``resources``, for those who need no more."""
    by: By = "clinic"
    """Who wanted it; who did it stands in ``ce_authid``."""
    reason_code: str | None = None
    """Why, in the installation's own codes."""
    before: Before | None = None
    """What the event changed."""


class SlotHeld(AppointmentEvent):
    """The time is kept until ``expires_at``; for a session: until the last of its held seats expires."""


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
    """The replanned day that it was moved by."""


class AppointmentDetailsChanged(AppointmentEvent):
    """Its reason or its priority is another."""


class AppointmentCancelled(AppointmentEvent):
    """It won't take place."""

    note: Sealed | None = None
    """What was noted about it: ciphertext."""


class AppointmentEnteredInError(AppointmentEvent):
    """It should never have been entered; it counts nowhere."""


class PreparationConfirmed(AppointmentEvent):
    """The patient has done what was to be done before: ``items`` are the texts that were confirmed."""

    items: tuple[str, ...] = Field(default=())
    """As in ``preparation``."""
