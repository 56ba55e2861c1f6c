"""One facility's day, read: visits, what changed, who is away or late, what is still to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from backbone.local_time import day_bounds, instant_of
from backbone.projecting import Tables
from services.projections.agenda.projection import Agenda
from services.projections.calendars import view as calendar_view
from services.projections.calendars.projection import Calendars
from services.projections.directory import Directory
from services.projections.snapshot import Snapshot

__all__ = ["Day", "Facility", "find_facility", "read_day"]

Row = dict[str, Any]
EVENING: Final = 17 * 60
"""17:00 in minutes after midnight: when a clinic's day is taken to end. What changes later is told in the
next day's huddle."""
MOST_TASKS: Final = 200


@dataclass(frozen=True, slots=True)
class Facility:
    """The facility whose agenda is read."""

    facility_id: UUID
    name: str
    zone: ZoneInfo

    def today(self, now: datetime) -> date:
        """Its local day."""
        return now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Day:
    """What the tables hold about one local day; ``resources`` by id, all that the rows name."""

    since: datetime
    """17:00 of the evening before: changes from then on are told."""
    visits: Sequence[Row]
    changes: Sequence[Row]
    others: Sequence[Row]
    """Absences and delays."""
    tasks: Sequence[Row]
    resources: dict[UUID, Row]


async def find_facility(directory: Tables, facility_id: UUID) -> Facility | None:
    """The facility, if it is known."""
    row = await directory.fetchrow(
        "SELECT name, time_zone FROM directory_facilities{g} WHERE facility_id = $1", facility_id
    )
    return Facility(facility_id, row["name"], ZoneInfo(row["time_zone"])) if row else None


async def read_day(snapshot: Snapshot, facility: Facility, day: date, now: datetime) -> Day:
    """Everything about ``day``; holds that have run out by ``now`` are not visits."""
    start, end = day_bounds(day, facility.zone)
    since = instant_of(day - timedelta(days=1), EVENING, facility.zone)
    agenda, directory = snapshot.of(Agenda), snapshot.of(Directory)
    visits = await _visits(agenda, facility.facility_id, start, end, now)
    changes = await _changes(agenda, facility.facility_id, start, end, since)
    tasks = await _tasks(agenda, facility.facility_id)
    named = {part["resource_id"] for visit in visits for part in visit["resources"]}
    named |= {each for change in changes for each in change["resource_ids"] + change["was_resource_ids"]}
    named |= {task["resource_id"] for task in tasks if task["resource_id"]}
    resources = await _resources(directory, facility.facility_id, list(named))
    others = await calendar_view.others(snapshot.of(Calendars), resources, start, end)
    return Day(since.astimezone(UTC), visits, changes, others, tasks, resources)


async def _visits(
    agenda: Tables, facility_id: UUID, start: datetime, end: datetime, now: datetime
) -> list[Row]:
    rows = await agenda.fetch(
        """
        SELECT appointment_id, version, status, patient_id, visit_type, starts_at, ends_at, priority,
            overridden, expires_at, session_id, seats, resources, preparation
        FROM agenda_visits{g}
        WHERE facility_id = $1 AND starts_at >= $2 AND starts_at < $3 AND expected
            AND NOT (status = 'held' AND expires_at <= $4)
        ORDER BY starts_at, appointment_id
        """,
        facility_id,
        start,
        end,
        now,
    )
    return [
        dict(row)
        | {
            "resources": [
                {"resource_id": UUID(part["resource_id"]), "kind": part["kind"]}
                for part in from_json(row["resources"])
            ],
            "preparation": from_json(row["preparation"]),
        }
        for row in rows
    ]


async def _changes(
    agenda: Tables, facility_id: UUID, start: datetime, end: datetime, since: datetime
) -> list[Row]:
    """Visits that were moved to this day, within it, or away from it."""
    rows = await agenda.fetch(
        """
        SELECT * FROM agenda_changes{g}
        WHERE at >= $4 AND facility_id = $1 AND starts_at >= $2 AND starts_at < $3
        UNION
        SELECT * FROM agenda_changes{g}
        WHERE at >= $4 AND kind = 'moved'
            AND was_facility_id = $1 AND was_starts_at >= $2 AND was_starts_at < $3
        ORDER BY at, appointment_id, version
        """,
        facility_id,
        start,
        end,
        since,
    )
    return [dict(row) for row in rows]


async def _tasks(agenda: Tables, facility_id: UUID) -> list[Row]:
    rows = await agenda.fetch(
        """
        SELECT task_id, kind, reason_code, owner, opened_at, due_at, appointment_id, patient_id, resource_id
        FROM agenda_tasks{g}
        WHERE facility_id = $1 AND outcome_code IS NULL
        ORDER BY due_at, task_id LIMIT $2
        """,
        facility_id,
        MOST_TASKS,
    )
    return [dict(row) for row in rows]


async def _resources(directory: Tables, facility_id: UUID, named: list[UUID]) -> dict[UUID, Row]:
    rows = await directory.fetch(
        """
        SELECT resource_id, kind, name, specialties FROM directory_resources{g}
        WHERE facility_id = $1 AND NOT retired OR resource_id = ANY ($2::uuid[])
        ORDER BY name, resource_id
        """,
        facility_id,
        named,
    )
    return {row["resource_id"]: dict(row) for row in rows}
