"""About tasks."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from backbone.web.shapes import Page, Shown, Written
from services.booking.values import TaskKind

__all__ = ["TaskAnswer", "TaskPage"]


class TaskAnswer(Written):
    """A task is done."""

    task_id: UUID
    status: Literal["done"]


class TaskShown(Shown):
    """Something to do, or done."""

    task_id: UUID
    status: Literal["open", "done"]
    kind: TaskKind
    reason_code: str
    """What made it."""
    owner: str
    """The role or person that has to do it."""
    due_at: datetime
    facility_id: UUID | None = None
    appointment_id: UUID | None = None
    patient_id: UUID | None = None
    resource_id: UUID | None = None
    opened_at: datetime
    done_at: datetime | None = None
    outcome_code: str | None = None
    version: int


class TaskPage(Page):
    """Tasks in the order in which they are due."""

    tasks: tuple[TaskShown, ...]
