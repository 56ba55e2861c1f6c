"""A task: work that somebody has to do, with an owner, a due time and a history."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from backbone.store.decision import Claim, Decision, Release
from services.booking.appointments.appointment import Appointment
from services.booking.asking import Asking
from services.booking.events.tasks import TaskDone, TaskEvent, TaskOpened
from services.booking.values import TaskKind

__all__ = ["TASK_SLOT", "Task", "complete", "evolve", "rebook", "rebook_id", "task_claim", "tasks_of"]

_REBOOK_WITHIN = timedelta(days=1)
_OPEN_TASKS = UUID("b6d2a7a0-2f0e-5a57-9d8e-0a5a6c7f1e05")
_MOST_OPEN = 30_000
"""Lanes for the open tasks about one subject: near the most that the column, a smallint, can count."""

TASK_SLOT = 2**29
"""Thousands of years ahead: claims of the past are forgotten, open tasks are not."""


@dataclass(frozen=True, slots=True)
class Task:
    """What it is now."""

    task_id: UUID
    version: int
    kind: TaskKind
    reason_code: str
    owner: str
    due_at: datetime
    facility_id: UUID | None
    subject: UUID | None = None
    """The appointment that it is about, or else the patient."""
    done: bool = False
    asked_by: str | None = None
    """Who asked for it, where somebody else has to do it."""


def evolve(task: Task | None, event: TaskEvent) -> Task | None:
    """The task after ``event``; None where its beginning is missing."""
    match event:
        case TaskOpened():
            return Task(
                event.task_id,
                event.originator_version,
                event.kind,
                event.reason_code,
                event.owner,
                event.due_at,
                event.facility_id,
                _subject(event),
                asked_by=event.asked_by,
            )
        case TaskDone() if task is not None:
            return replace(task, done=True, version=event.originator_version)
    return task


def _subject(event: TaskOpened) -> UUID | None:
    return event.appointment_id or event.patient_id


def tasks_of(subject: UUID) -> UUID:
    """The pseudo-resource whose lanes are the open tasks about an appointment or a patient.

    So a decision finds them all and is guarded against one that is opened meanwhile, by whichever process.
    """
    return uuid5(_OPEN_TASKS, str(subject))


def task_claim(event: TaskOpened) -> tuple[Claim, ...]:
    """Lets the task be found by what it is about. It never conflicts: there are lanes enough for all."""
    subject = _subject(event)
    if subject is None:
        return ()
    return (Claim(event.task_id, tasks_of(subject), "patient", TASK_SLOT, TASK_SLOT + 1, _MOST_OPEN),)


def rebook_id(cause: UUID, appointment_id: UUID) -> UUID:
    """The same cause always gives the same task."""
    return uuid5(cause, str(appointment_id))


def rebook(
    asking: Asking, cause: UUID, affected: Appointment, resource_id: UUID | None, reason_code: str
) -> TaskOpened:
    """The appointment lost what it was booked with."""
    task_id = rebook_id(cause, affected.appointment_id)
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
    decision = asking.record(event, answer=answer, facility_id=task.facility_id)
    if task.subject is None:
        return decision
    release = Release(task.task_id, tasks_of(task.subject), TASK_SLOT, TASK_SLOT + 1)
    return replace(decision, releases=(release,))
