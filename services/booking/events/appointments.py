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
    status: AppointmentStatus
    facility_id: UUID
    patient_id: UUID | None = None
    visit_type: str
    """Code."""
    starts_at: datetime
    ends_at: datetime
    local_start: str
    """The facility's wall clock at the start, without offset; kept, as zone rules change."""
    time_zone: str
    resources: tuple[AssignedResource, ...] = ()
    """A seat in a group visit has the session's resources without claiming them."""
    priority: Priority = "routine"
    reason: Sealed | None = None
    preparation: tuple[PreparationItem, ...] = ()
    override: Override | None = None
    expires_at: datetime | None = None
    """A hold's end."""
    session_id: UUID | None = None
    """The group visit that this is a seat in."""
    seats: int | None = None
    patient_time_of: tuple[UUID, ...] = ()
    """The pseudonyms whose time it takes: the patient's and those merged into it."""
    series_id: UUID | None = None
    plan_id: UUID | None = None


class Before(Value):
    """What stood before, in the fields that a change of time or status touches; the others are None."""

    status: AppointmentStatus | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    facility_id: UUID | None = None
    resource_ids: tuple[UUID, ...] | None = None
    priority: Priority | None = None


class AppointmentEvent(AppointmentDetails, DomainEvent):
    """Something happened to an appointment."""

    service: ClassVar[str] = "booking"
    kafka_topic: ClassVar[str] = "almanac.booking.appointments"

    resource_ids: tuple[UUID, ...] = ()
    by: By = "clinic"
    reason_code: str | None = None
    before: Before | None = None


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


class AppointmentDetailsChanged(AppointmentEvent):
    """Its reason or its priority is another."""


class AppointmentCancelled(AppointmentEvent):
    """It won't take place."""

    note: Sealed | None = None


class AppointmentEnteredInError(AppointmentEvent):
    """It should never have been entered; it counts nowhere."""


class PreparationConfirmed(AppointmentEvent):
    """The patient has done what was to be done before: ``items`` are the texts that were confirmed."""

    items: tuple[str, ...] = Field(default=())
