"""The projection ``agenda``: the huddle's day. Visits with what is not ready, what changed, tasks open.

Who is away and who is late stand in ``calendars``; the two meet when an agenda is read (agenda_view.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backbone.cloudevents import Record
from services.projections.hearing import Heard, Told, keep_latest, read, types

__all__ = ["Changes", "TaskDone", "TaskOpened", "Visit", "fold"]

CHANGE_KINDS: Mapping[str, str] = {
    "almanac.booking.AppointmentBooked.v1": "booked",
    "almanac.booking.AppointmentRescheduled.v1": "moved",
    "almanac.booking.AppointmentCancelled.v1": "cancelled",
    "almanac.booking.AppointmentEnteredInError.v1": "entered-in-error",
}
"""What the huddle is told of, and what it calls it."""
ENDED_HOLD = types("booking", "HoldExpired", "HoldReleased")
VISIT = (
    frozenset(CHANGE_KINDS)
    | ENDED_HOLD
    | types(
        "booking", "SlotHeld", "AppointmentConfirmed", "AppointmentDetailsChanged", "PreparationConfirmed"
    )
)
OPENED = types("booking", "TaskOpened")
DONE = types("booking", "TaskDone")
HEARD = VISIT | OPENED | DONE
GONE = frozenset({"cancelled", "entered-in-error"})


class Item(Heard):
    """Something that the patient has to do before the visit."""

    text: str
    due_at: datetime
    confirmed_at: datetime | None = None


class Part(Heard):
    """A resource's part in a visit."""

    resource_id: UUID
    kind: str


class Before(Heard):
    """What stood before the event, where it changed."""

    starts_at: datetime | None = None
    facility_id: UUID | None = None
    resource_ids: tuple[UUID, ...] | None = None


class Visit(Heard):
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


class TaskOpened(Heard):
    """Something that somebody has to do."""

    facility_id: UUID | None = None
    kind: str
    reason_code: str
    owner: str
    due_at: datetime
    appointment_id: UUID | None = None
    patient_id: UUID | None = None
    resource_id: UUID | None = None


class TaskDone(Heard):
    """It is done, or needs no doing any more."""

    outcome_code: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch leaves: the last word on each visit, every change by itself, tasks begun and ended."""

    visits: dict[UUID, Told[Visit]] = field(default_factory=dict)
    changed: dict[tuple[UUID, int], Told[Visit]] = field(default_factory=dict)
    opened: dict[UUID, Told[TaskOpened]] = field(default_factory=dict)
    done: dict[UUID, Told[TaskDone]] = field(default_factory=dict)


def fold(records: Iterable[Record]) -> Changes:
    """Events carry the whole as it is after; a task only opens and ends, so its two events are two rows."""
    result = Changes()
    for record in records:
        if record.type in VISIT:
            visit = Told(record, read(Visit, record))
            keep_latest(result.visits, visit.key, visit)
            if record.type in CHANGE_KINDS:
                result.changed[visit.key, visit.version] = visit
        elif record.type in OPENED:
            opened = Told(record, read(TaskOpened, record))
            keep_latest(result.opened, opened.key, opened)
        elif record.type in DONE:
            done = Told(record, read(TaskDone, record))
            keep_latest(result.done, done.key, done)
    return result
