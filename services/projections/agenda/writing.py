"""How the agenda's tables are brought up to date: one statement a table for a whole batch."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from pydantic_core import to_json

from backbone.projecting import Tables
from services.projections.agenda.events import Before, TaskDone, TaskOpened, Visit
from services.projections.hearing import ENDED_HOLDS, GONE, Told

__all__ = ["write_changes", "write_tasks", "write_visits"]


async def write_visits(tables: Tables, told: Mapping[str, Told[Visit]]) -> None:
    """Each visit as it is now."""
    await tables.write(
        """
        INSERT INTO agenda_visits{g}
        SELECT * FROM unnest(
            $1::text[]::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::boolean[], $6::uuid[], $7::text[],
            $8::timestamptz[], $9::timestamptz[], $10::text[], $11::boolean[], $12::timestamptz[],
            $13::uuid[], $14::integer[], $15::jsonb[], $16::jsonb[])
        ON CONFLICT (appointment_id) DO UPDATE SET
            version = excluded.version, facility_id = excluded.facility_id, status = excluded.status,
            expected = excluded.expected, patient_id = excluded.patient_id,
            visit_type = excluded.visit_type, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            priority = excluded.priority, overridden = excluded.overridden,
            expires_at = excluded.expires_at, session_id = excluded.session_id, seats = excluded.seats,
            resources = excluded.resources, preparation = excluded.preparation
        """,
        (
            (
                key,
                record.stream_version,
                now.facility_id,
                now.status,
                record.type not in ENDED_HOLDS and now.status not in GONE,
                now.patient_id,
                now.visit_type,
                now.starts_at,
                now.ends_at,
                now.priority,
                now.override is not None,
                now.expires_at,
                now.session_id,
                now.seats,
                to_json([part.model_dump() for part in now.resources]).decode(),
                _not_ready(now),
            )
            for key, (record, now) in told.items()
        ),
    )


def _not_ready(visit: Visit) -> str:
    missing = [item for item in visit.preparation if item.confirmed_at is None]
    return to_json([{"text": item.text, "due_at": item.due_at} for item in missing]).decode()


async def write_changes(tables: Tables, told: Iterable[Told[Visit]], kinds: Mapping[str, str]) -> None:
    """Every change by itself; ``kinds``: what each event type is called."""
    await tables.write(
        """
        INSERT INTO agenda_changes{g}
        SELECT appointment_id, version, kind, at, by, reason_code, patient_id, visit_type,
            facility_id, starts_at, string_to_array(resource_ids, ' ')::uuid[],
            was_facility_id, was_starts_at, string_to_array(was_resource_ids, ' ')::uuid[]
        FROM unnest(
            $1::text[]::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
            $7::uuid[], $8::text[], $9::uuid[], $10::timestamptz[], $11::text[], $12::uuid[],
            $13::timestamptz[], $14::text[])
            AS c (appointment_id, version, kind, at, by, reason_code, patient_id, visit_type, facility_id,
                starts_at, resource_ids, was_facility_id, was_starts_at, was_resource_ids)
        ON CONFLICT (appointment_id, version) DO NOTHING
        """,
        (
            (
                each.key,
                each.version,
                kinds[each.record.type],
                each.record.time,
                now.by,
                now.reason_code,
                now.patient_id,
                now.visit_type,
                now.facility_id,
                now.starts_at,
                _joined(now.resource_ids),
                before.facility_id or now.facility_id,
                before.starts_at or now.starts_at,
                _joined(now.resource_ids if before.resource_ids is None else before.resource_ids),
            )
            for each in told
            for now in (each.event,)
            for before in (now.before or Before(),)
        ),
        key_columns=2,
    )


def _joined(ids: Iterable[UUID]) -> str:
    return " ".join(str(each) for each in ids)


async def write_tasks(
    tables: Tables, opened: Mapping[str, Told[TaskOpened]], done: Mapping[str, Told[TaskDone]]
) -> None:
    """Tasks opened, then those done."""
    await tables.write(
        """
        INSERT INTO agenda_tasks{g}
        SELECT *, NULL FROM unnest(
            $1::text[]::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
            $7::timestamptz[], $8::uuid[], $9::uuid[], $10::uuid[])
        ON CONFLICT (task_id) DO NOTHING
        """,
        (
            (
                key,
                task.facility_id,
                task.kind,
                task.reason_code,
                task.owner,
                record.time,
                task.due_at,
                task.appointment_id,
                task.patient_id,
                task.resource_id,
            )
            for key, (record, task) in opened.items()
        ),
    )
    await tables.write(
        """
        UPDATE agenda_tasks{g} AS t SET outcome_code = d.outcome_code
        FROM unnest($1::text[]::uuid[], $2::text[]) AS d (task_id, outcome_code)
        WHERE t.task_id = d.task_id
        """,
        ((key, each.event.outcome_code) for key, each in done.items()),
    )
