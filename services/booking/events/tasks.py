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
    """The facility whose staff has to do it; null: any."""


class TaskOpened(TaskEvent):
    """Somebody has something to do."""

    kind: TaskKind
    """What is to be done."""
    reason_code: str
    """What caused it: ``absence-surgery``, ``template-changed``, ``resource-retired`` ..."""
    owner: str
    """The role or the user that has to do it."""
    due_at: datetime
    """By when."""
    appointment_id: UUID | None = None
    """The appointment that it is about; null: none."""
    patient_id: UUID | None = None
    """The pseudonym of the patient whom it is about; null: nobody."""
    resource_id: UUID | None = None
    """The resource that caused it; null: none."""
    asked_by: str | None = None
    """The user who asked for it and so may not do it: a pseudonym, as in ``ce_authid``; null: nobody."""


class TaskDone(TaskEvent):
    """A task is done, or no longer needs to be."""

    outcome_code: str
    """``done``: by somebody; settled by what else happened: ``rescheduled``, ``cancelled``,
    ``entered-in-error``, ``not-needed``, ``erased``."""
