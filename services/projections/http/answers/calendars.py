"""About a resource's calendar."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from backbone.web.shapes import Read, Shown
from services.projections.http.answers.common import Kind, PersonShown, Status

__all__ = ["CalendarShown"]


class Attendee(Shown):
    """A seat in a group visit."""

    appointment_id: UUID
    status: Status
    patient: PersonShown | None = None


class CalendarEntry(Shown):
    """What stands in the time. An appointment at another facility than the caller's is its time, no more."""

    kind: Literal["appointment", "absence", "delay", "closed"]
    starts_at: datetime
    ends_at: datetime
    appointment_id: UUID | None = None
    version: int | None = None
    status: Status | None = None
    facility_id: UUID | None = None
    visit_type: str | None = None
    priority: str | None = None
    overridden: bool | None = None
    """A rule was set aside on purpose."""
    expires_at: datetime | None = None
    session_id: UUID | None = None
    seats: int | None = None
    patient: PersonShown | None = None
    attendees: tuple[Attendee, ...] | None = None
    """Of a group visit."""
    absence_id: UUID | None = None
    resource_id: UUID | None = None
    reason: str | None = None
    """Of an absence or a delay."""
    minutes: int | None = None
    """Of a delay."""


class CalendarShown(Read):
    """A resource's calendar."""

    resource_id: UUID
    kind: Kind
    name: str
    facility_id: UUID
    time_zone: str
    first: datetime = Field(alias="from")
    last: datetime = Field(alias="to")
    entries: tuple[CalendarEntry, ...]
    """In order of time."""
