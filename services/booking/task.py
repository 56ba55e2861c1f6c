"""A task: work that somebody has to do, with an owner, a due time and a history."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from backbone.store.decision import Decision
from services.booking.appointment import Appointment
from services.booking.asking import Asking
from services.booking.events.tasks import TaskDone, TaskEvent, TaskOpened
from services.booking.values import TaskKind

__all__ = ["Task", "complete", "evolve", "rebook"]

_REBOOK_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Task:
    """What it is now."""

    task_id: UUID
    version: int
    kind: TaskKind
    owner: str
    due_at: datetime
    facility_id: UUID | None
    done: bool = False


def evolve(task: Task | None, event: TaskEvent) -> Task | None:
    """The task after ``event``; None where its beginning is missing."""
    match event:
        case TaskOpened():
            return Task(
                event.task_id,
                event.originator_version,
                event.kind,
                event.owner,
                event.due_at,
                event.facility_id,
            )
        case TaskDone() if task is not None:
            return replace(task, done=True, version=event.originator_version)
    return task


def rebook(
    asking: Asking, cause: UUID, affected: Appointment, resource_id: UUID, reason_code: str
) -> TaskOpened:
    """The appointment lost what it was booked with. The same cause always gives the same task."""
    task_id = uuid5(cause, str(affected.appointment_id))
    return TaskOpened(
        originator_id=task_id,
        originator_version=1,
        timestamp=asking.now,
        task_id=task_id,
        facility_id=affected.facility_id,
        kind="rebook",
        reason_code=reason_code,
        owner="scheduler",
        due_at=min(asking.now + _REBOOK_WITHIN, max(affected.starts_at, asking.now)),
        appointment_id=affected.appointment_id,
        patient_id=affected.patient_id,
        resource_id=resource_id,
    )


def complete(asking: Asking, task: Task, outcome_code: str) -> Decision:
    """It is done; saying so twice changes nothing."""
    answer = {"task_id": str(task.task_id), "status": "done"}
    if task.done:
        return asking.unchanged(task.task_id, task.version, answer)
    event = TaskDone(
        originator_id=task.task_id,
        originator_version=task.version + 1,
        timestamp=asking.now,
        task_id=task.task_id,
        facility_id=task.facility_id,
        outcome_code=outcome_code,
    )
    return asking.record(event, answer=answer, facility_id=task.facility_id)
