"""About appointments, holds and free times."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backbone.web.shapes import Page, Shown, Written
from services.booking.appointments.appointment import Appointment
from services.booking.values import AppointmentStatus, OverrideKind, Priority, ResourceKind

__all__ = ["AppointmentAnswer", "AppointmentShown", "OverrideShown", "ProposalPage", "appointment_shown"]


class AppointmentAnswer(Written):
    """A time was held, booked, moved or given back, or the appointment was changed otherwise."""

    appointment_id: UUID
    status: AppointmentStatus
    visit_type: str
    facility_id: UUID
    starts_at: datetime
    ends_at: datetime
    local_start: str
    """The facility's wall clock at the start, without offset."""
    time_zone: str
    resource_ids: tuple[UUID, ...]
    expires_at: datetime | None = None
    """Of a hold."""
    session_id: UUID | None = None
    """Of a seat: the group visit that it is in."""


class ProposalPart(Shown):
    """A resource's part of a staggered visit."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime


class Proposal(Shown):
    """A free time; it can be posted as it is. ``resources`` where it is staggered, else ``resource_ids``."""

    visit_type: str
    starts_at: datetime
    ends_at: datetime
    resource_ids: tuple[UUID, ...] | None = None
    resources: tuple[ProposalPart, ...] | None = None


class ProposalPage(Page):
    """Free times, in order."""

    proposals: tuple[Proposal, ...]


class OverrideShown(Shown):
    """A rule set aside on purpose."""

    of: tuple[OverrideKind, ...]
    reason_code: str


class PartShown(Shown):
    """A resource's part in an appointment, without buffers."""

    resource_id: UUID
    kind: ResourceKind
    starts_at: datetime
    ends_at: datetime


class PreparationItemShown(Shown):
    """What the patient has to do before."""

    text: str
    due_at: datetime
    confirmed_at: datetime | None = None


class AppointmentShown(Shown):
    """An appointment as it stands."""

    appointment_id: UUID
    status: AppointmentStatus
    facility_id: UUID
    patient_id: UUID | None = None
    visit_type: str
    starts_at: datetime
    ends_at: datetime
    local_start: str
    """The facility's wall clock at the start, without offset."""
    time_zone: str
    resource_ids: tuple[UUID, ...]
    resources: tuple[PartShown, ...]
    priority: Priority
    reason: str | None = None
    """For those who work with patients, and for the patient."""
    preparation: tuple[PreparationItemShown, ...]
    override: OverrideShown | None = None
    expires_at: datetime | None = None
    session_id: UUID | None = None
    seats: int | None = None
    series_id: UUID | None = None
    plan_id: UUID | None = None
    version: int


def appointment_shown(appointment: Appointment, reason: str | None) -> dict[str, Any]:
    """An appointment, with its reason for those who may read it."""
    hidden = {"reason", "patient_time_of", "resources", "only_held", "held_by"}
    shown = appointment.model_dump(exclude=hidden, exclude_none=True)
    shown["resource_ids"] = appointment.resource_ids
    shown["resources"] = [
        part.model_dump(include={"resource_id", "kind", "starts_at", "ends_at"})
        for part in appointment.resources
    ]
    if reason is not None:
        shown["reason"] = reason
    return shown
