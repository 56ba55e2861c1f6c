"""What the calendars read of the events that they hear."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.projections.hearing import Fields

__all__ = ["Absence", "AbsenceEnded", "Appointment", "Delay", "DelayEnded"]


class Part(Fields):
    """A resource's part in an appointment."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime


class Appointment(Fields):
    """An appointment as it is after the event."""

    status: str
    facility_id: UUID
    patient_id: UUID | None = None
    visit_type: str
    starts_at: datetime
    ends_at: datetime
    resources: tuple[Part, ...] = ()
    priority: str = "routine"
    override: dict[str, Any] | None = None
    expires_at: datetime | None = None
    session_id: UUID | None = None
    seats: int | None = None


class AbsenceEnded(Fields):
    """A resource was to be away, and is not."""

    absence_id: UUID
    resource_id: UUID
    facility_id: UUID
    starts_at: datetime
    ends_at: datetime


class Absence(AbsenceEnded):
    """A resource is away."""

    reason: str


class DelayEnded(Fields):
    """A provider is on time again on that local day."""

    facility_id: UUID
    day: date


class Delay(DelayEnded):
    """A provider is late on a local day, which ends at ``valid_until``."""

    minutes: int
    valid_until: datetime
    reason_code: str | None = None
