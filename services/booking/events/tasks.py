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
    facility_id: UUID | None = None


class TaskOpened(TaskEvent):
    """There is something to do."""

    kind: TaskKind
    reason_code: str
    """What made it: ``absence-surgery``, ``template-changed``, ``resource-retired`` ..."""
    owner: str
    """The role or person that has to do it."""
    due_at: datetime
    appointment_id: UUID | None = None
    patient_id: UUID | None = None
    resource_id: UUID | None = None


class TaskDone(TaskEvent):
    """It is done, or needs no doing any more."""

    outcome_code: str
    """``done``, ``rescheduled``, ``cancelled``, ``not-needed`` ..."""
