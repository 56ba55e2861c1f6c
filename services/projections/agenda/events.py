"""What the agenda reads of the events that it hears."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.projections.hearing import Fields

__all__ = ["Before", "Item", "Part", "TaskDone", "TaskOpened", "Visit"]


class Item(Fields):
    """Something that the patient has to do before the visit."""

    text: str
    due_at: datetime
    confirmed_at: datetime | None = None


class Part(Fields):
    """A resource's part in a visit."""

    resource_id: UUID
    kind: str


class Before(Fields):
    """What stood before the event, where it changed."""

    starts_at: datetime | None = None
    facility_id: UUID | None = None
    resource_ids: tuple[UUID, ...] | None = None


class Visit(Fields):
    """An appointment as it is after the event, and what it was before."""

    status: str
    facility_id: UUID
    patient_id: UUID | None = None
    visit_type: str
    starts_at: datetime
    ends_at: datetime
    resources: tuple[Part, ...] = ()
    resource_ids: tuple[UUID, ...] = ()
    priority: str = "routine"
    preparation: tuple[Item, ...] = ()
    override: dict[str, Any] | None = None
    expires_at: datetime | None = None
    session_id: UUID | None = None
    seats: int | None = None
    by: str = "other"
    reason_code: str | None = None
    before: Before | None = None


class TaskOpened(Fields):
    """Something that somebody has to do."""

    facility_id: UUID | None = None
    kind: str
    reason_code: str
    owner: str
    due_at: datetime
    appointment_id: UUID | None = None
    patient_id: UUID | None = None
    resource_id: UUID | None = None


class TaskDone(Fields):
    """It is done, or needs no doing any more."""

    outcome_code: str
