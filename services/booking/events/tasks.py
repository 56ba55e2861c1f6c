"""Work that somebody has to do, so that nothing is left silently."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from backbone.events import DomainEvent
from services.booking.values import TaskKind

__all__ = ["TaskDone", "TaskEvent", "TaskOpened"]


class TaskEvent(DomainEvent):
    """Something happened to a task."""

    service: ClassVar[str] = "booking"
    kafka_topic: ClassVar[str] = "almanac.booking.tasks"

    task_id: UUID
    """The stream's id and the record's key."""
    facility_id: UUID | None = None
    """Whose staff has to do it; null: anybody's."""


class TaskOpened(TaskEvent):
    """There is something to do."""

    kind: TaskKind
    """What is to be done."""
    reason_code: str
    """What made it: ``absence-surgery``, ``template-changed``, ``resource-retired`` ..."""
    owner: str
    """The role or person that has to do it."""
    due_at: datetime
    """By when."""
    appointment_id: UUID | None = None
    """What it is about, if an appointment."""
    patient_id: UUID | None = None
    """Whom it is about, by pseudonym."""
    resource_id: UUID | None = None
    """What made it, if a resource."""
    asked_by: str | None = None
    """Who asked for it (pseudonymous, as ``ce_authid``), where somebody else has to do it."""


class TaskDone(TaskEvent):
    """It is done, or needs no doing any more."""

    outcome_code: str
    """``done``; by itself ``rescheduled``, ``cancelled``, ``entered-in-error``, ``not-needed``,
    ``erased``."""
