"""The projection ``agenda``: the huddle's day. Visits with what is not ready, what changed, tasks open.

Who is away and who is late stand in ``calendars``; the two meet when an agenda is read (view.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from backbone.projecting import Heard, Projection, Tables
from services.projections.agenda.events import TaskDone, TaskOpened, Visit
from services.projections.agenda.writing import write_changes, write_tasks, write_visits
from services.projections.hearing import APPOINTMENT_EVENTS, Told, types

__all__ = ["CHANGE_KINDS", "Agenda", "Changes", "gather"]

CHANGE_KINDS: Mapping[str, str] = {
    "almanac.booking.AppointmentBooked.v1": "booked",
    "almanac.booking.AppointmentRescheduled.v1": "moved",
    "almanac.booking.AppointmentCancelled.v1": "cancelled",
    "almanac.booking.AppointmentEnteredInError.v1": "entered-in-error",
}
"""The events that the huddle is told of, with the word that it uses for each."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch comes down to: each visit's last state, every single change, tasks opened and done."""

    visits: dict[str, Told[Visit]] = field(default_factory=dict)
    changed: list[Told[Visit]] = field(default_factory=list)
    opened: dict[str, Told[TaskOpened]] = field(default_factory=dict)
    done: dict[str, Told[TaskDone]] = field(default_factory=dict)


def gather(heard: Iterable[Heard]) -> Changes:
    """Keeps each visit's last event, as events carry the whole state, and every change and task event."""
    changes = Changes()
    for record, event in heard:
        if isinstance(event, Visit):
            changes.visits[record.key] = Told(record, event)
            if record.type in CHANGE_KINDS:
                changes.changed.append(Told(record, event))
        elif isinstance(event, TaskOpened):
            changes.opened[record.key] = Told(record, event)
        elif isinstance(event, TaskDone):
            changes.done[record.key] = Told(record, event)
    return changes


class Agenda(Projection):
    """Per facility: visits, their changes, and tasks."""

    name = "agenda"
    topics = ("almanac.booking.appointments", "almanac.booking.tasks")
    hears: ClassVar = {
        **types("booking", APPOINTMENT_EVENTS, Visit),
        **types("booking", ["TaskOpened"], TaskOpened),
        **types("booking", ["TaskDone"], TaskDone),
    }
    tables = """
        CREATE TABLE agenda_visits{g} (
            appointment_id uuid PRIMARY KEY,
            version bigint NOT NULL,
            facility_id uuid NOT NULL,
            status text NOT NULL,
            expected boolean NOT NULL,          -- somebody is to come, or the time is held
            patient_id uuid,
            visit_type text NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            priority text NOT NULL,
            overridden boolean NOT NULL,
            expires_at timestamptz,
            session_id uuid,
            seats integer,
            resources jsonb NOT NULL,           -- [{resource_id, kind}]
            preparation jsonb NOT NULL          -- [{text, due_at}]: what is not confirmed yet
        );
        CREATE TABLE agenda_changes{g} (
            appointment_id uuid NOT NULL,
            version bigint NOT NULL,
            kind text NOT NULL,
            at timestamptz NOT NULL,
            by text NOT NULL,
            reason_code text,
            patient_id uuid,
            visit_type text NOT NULL,
            facility_id uuid NOT NULL,
            starts_at timestamptz NOT NULL,
            resource_ids uuid[] NOT NULL,
            was_facility_id uuid NOT NULL,
            was_starts_at timestamptz NOT NULL,
            was_resource_ids uuid[] NOT NULL,
            PRIMARY KEY (appointment_id, version)
        );
        CREATE TABLE agenda_tasks{g} (
            task_id uuid PRIMARY KEY,
            facility_id uuid,
            kind text NOT NULL,
            reason_code text NOT NULL,
            owner text NOT NULL,
            opened_at timestamptz NOT NULL,
            due_at timestamptz NOT NULL,
            appointment_id uuid,
            patient_id uuid,
            resource_id uuid,
            outcome_code text                   -- null while it is open
        );
    """
    indexes = """
        CREATE INDEX agenda_visits_day{g} ON agenda_visits{g} (facility_id, starts_at) WHERE expected;
        CREATE INDEX agenda_changes_to{g} ON agenda_changes{g} (facility_id, starts_at);
        CREATE INDEX agenda_changes_from{g} ON agenda_changes{g} (was_facility_id, was_starts_at)
            WHERE kind = 'moved';
        CREATE INDEX agenda_tasks_open{g} ON agenda_tasks{g} (facility_id, due_at) WHERE outcome_code IS NULL;
    """

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        changes = gather(heard)
        await write_visits(tables, changes.visits)
        await write_changes(tables, changes.changed, CHANGE_KINDS)
        await write_tasks(tables, changes.opened, changes.done)
