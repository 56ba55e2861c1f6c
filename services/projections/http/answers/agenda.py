"""About the morning huddle."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from backbone.web.shapes import Read, Shown
from services.projections.http.answers.common import Kind, PersonShown, Status

__all__ = ["AgendaShown"]


class VisitPart(Shown):
    """A resource in a visit."""

    resource_id: UUID
    kind: Kind


class AgendaVisit(Shown):
    """Who comes when."""

    appointment_id: UUID
    version: int
    status: Status
    starts_at: datetime
    ends_at: datetime
    visit_type: str
    priority: str
    overridden: bool
    resources: tuple[VisitPart, ...]
    ready: bool
    """Nothing is missing."""
    expires_at: datetime | None = None
    session_id: UUID | None = None
    seats: int | None = None
    patient: PersonShown | None = None


class AgendaAbsence(Shown):
    """Who or what is away or late."""

    resource_id: UUID
    name: str | None = None
    starts_at: datetime
    ends_at: datetime
    absence_id: UUID | None = None
    reason: str | None = None
    minutes: int | None = None
    """Of a delay."""


class AgendaProvider(Shown):
    """A provider's day."""

    resource_id: UUID
    kind: Kind
    name: str
    specialties: tuple[str, ...]
    visits: tuple[AgendaVisit, ...]
    away: tuple[AgendaAbsence, ...]
    delays: tuple[AgendaAbsence, ...]


class WhereAndWhen(Shown):
    """A visit's place before it was moved."""

    facility_id: UUID
    starts_at: datetime
    resource_ids: tuple[UUID, ...]


class AgendaChange(Shown):
    """What was booked, moved or called off since ``since``; where to, if the caller sees that facility."""

    kind: str
    at: datetime
    appointment_id: UUID
    by: str
    visit_type: str
    facility_id: UUID | None = None
    starts_at: datetime | None = None
    resource_ids: tuple[UUID, ...] | None = None
    before: WhereAndWhen | None = None
    reason_code: str | None = None
    patient: PersonShown | None = None


class Missing(Shown):
    """What is not there yet."""

    what: Literal["preparation"]
    text: str
    due_at: datetime


class NotReady(Shown):
    """A visit that something is missing for."""

    appointment_id: UUID
    starts_at: datetime
    missing: tuple[Missing, ...]


class AgendaTask(Shown):
    """Something to do."""

    task_id: UUID
    kind: str
    reason_code: str
    owner: str
    opened_at: datetime
    due_at: datetime
    appointment_id: UUID | None = None
    resource_id: UUID | None = None
    patient: PersonShown | None = None


class AgendaShown(Read):
    """The morning huddle."""

    facility_id: UUID
    name: str
    day: date = Field(alias="date")
    time_zone: str
    since: datetime
    """17:00 of the evening before."""
    providers: tuple[AgendaProvider, ...]
    other_visits: tuple[AgendaVisit, ...]
    """Without a provider."""
    changes: tuple[AgendaChange, ...]
    away: tuple[AgendaAbsence, ...]
    delays: tuple[AgendaAbsence, ...]
    not_ready: tuple[NotReady, ...]
    tasks: tuple[AgendaTask, ...]
