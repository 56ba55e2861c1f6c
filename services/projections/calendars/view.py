"""A resource's calendar, read: what the topics wrote apart comes together here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from backbone.projecting import Tables
from services.projections.calendars.opening_hours import WeeklyTemplate, closed
from services.projections.directory import Hours

__all__ = ["Resource", "appointments", "closings", "find_resource", "others"]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """Whose calendar it is."""

    resource_id: UUID
    facility_id: UUID
    kind: str
    name: str
    zone: ZoneInfo
    templates: Sequence[WeeklyTemplate]
    """The newest first."""
    zones: dict[UUID, ZoneInfo]
    """Of every facility where it works."""


async def find_resource(directory: Tables, resource_id: UUID) -> Resource | None:
    """What is known of it; None where there is no such resource, or its facility is not known yet."""
    row = await directory.fetchrow(
        """
        SELECT r.facility_id, r.kind, r.name, f.time_zone
        FROM directory_resources{g} r JOIN directory_facilities{g} f USING (facility_id)
        WHERE resource_id = $1
        """,
        resource_id,
    )
    if row is None:
        return None
    stored = await directory.fetch(
        """
        SELECT effective_from, effective_to, weekly FROM directory_templates{g}
        WHERE resource_id = $1 ORDER BY version DESC
        """,
        resource_id,
    )
    templates = [
        WeeklyTemplate(
            each["effective_from"],
            each["effective_to"],
            tuple(Hours.model_validate(hours) for hours in from_json(each["weekly"])),
        )
        for each in stored
    ]
    works_at = {row["facility_id"]} | {
        hours.facility_id for each in templates for hours in each.weekly if hours.facility_id
    }
    zones = await directory.fetch(
        "SELECT facility_id, time_zone FROM directory_facilities{g} WHERE facility_id = ANY ($1::uuid[])",
        list(works_at),
    )
    return Resource(
        resource_id,
        row["facility_id"],
        row["kind"],
        row["name"],
        ZoneInfo(row["time_zone"]),
        templates,
        {each["facility_id"]: ZoneInfo(each["time_zone"]) for each in zones},
    )


async def appointments(
    calendars: Tables, resource_id: UUID, start: datetime, end: datetime, now: datetime
) -> list[Row]:
    """Appointments that take its time in [start, end); a hold that has run out by ``now`` takes none."""
    rows = await calendars.fetch(
        """
        SELECT t.starts_at, t.ends_at, a.appointment_id, a.version, a.facility_id, a.status, a.patient_id,
            a.visit_type, a.priority, a.overridden, a.expires_at, a.session_id, a.seats
        FROM calendar_times{g} t JOIN calendar_appointments{g} a USING (appointment_id)
        WHERE t.resource_id = $1 AND t.starts_at < $3 AND t.ends_at > $2
            AND NOT (a.status = 'held' AND a.expires_at <= $4)
        ORDER BY t.starts_at, t.ends_at, a.appointment_id
        """,
        resource_id,
        start,
        end,
        now,
    )
    return [dict(row) for row in rows]


async def others(
    calendars: Tables, resource_ids: Iterable[UUID], start: datetime, end: datetime
) -> list[Row]:
    """Absences and standing delays of these resources in [start, end), each with its ``kind``."""
    rows = await calendars.fetch(
        """
        SELECT 'absence' AS kind, absence_id, resource_id, starts_at, ends_at, reason,
            NULL::integer AS minutes
        FROM calendar_absences{g}
        WHERE resource_id = ANY ($1::uuid[]) AND starts_at < $3 AND ends_at > $2
        UNION ALL
        SELECT 'delay', NULL, resource_id, starts_at, ends_at, reason_code, minutes
        FROM calendar_delays{g}
        WHERE resource_id = ANY ($1::uuid[]) AND starts_at < $3 AND ends_at > $2
        ORDER BY starts_at, ends_at
        """,
        list(resource_ids),
        start,
        end,
    )
    return [dict(row) for row in rows]


def closings(resource: Resource, start: datetime, end: datetime) -> list[Row]:
    """When its templates leave it closed in [start, end)."""
    spans = closed(resource.templates, resource.zone, resource.zones, start, end)
    return [{"kind": "closed", "starts_at": opens, "ends_at": closes} for opens, closes in spans]
