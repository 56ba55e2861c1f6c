"""The agenda as it is answered: the day's rows put together for the morning huddle. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.projections.agenda.view import Day, Facility

__all__ = ["huddle", "patients_of"]

Json = dict[str, Any]


def patients_of(day: Day) -> set[UUID]:
    """Everybody whom the agenda speaks of."""
    rows = (*day.visits, *day.changes, *day.tasks)
    return {row["patient_id"] for row in rows if row["patient_id"] is not None}


def huddle(
    facility: Facility, date_: date, day: Day, patients: Mapping[UUID, Json], sees: Callable[[UUID], bool]
) -> Json:
    """The day by provider, then what the huddle goes through: changes, who is away, what is not ready, tasks.

    ``patients``: how each is shown to this caller; who is missing is not shown.
    ``sees``: whether a facility exists for the caller; of a move, the end at another one is left out.
    """
    visits = [_visit(row, patients) for row in day.visits]
    away = [_other(row, day) for row in day.others if row["kind"] == "absence"]
    delays = [_other(row, day) for row in day.others if row["kind"] == "delay"]
    return {
        "facility_id": facility.facility_id,
        "name": facility.name,
        "date": date_,
        "time_zone": facility.zone.key,
        "since": day.since,
        "providers": [
            {
                **_resource(day, provider_id),
                "visits": [visit for visit in visits if provider_id in _ids(visit, "provider")],
                "away": [row for row in away if row["resource_id"] == provider_id],
                "delays": [row for row in delays if row["resource_id"] == provider_id],
            }
            for provider_id in _providers(day)
        ],
        "other_visits": [visit for visit in visits if not _ids(visit, "provider")],
        "changes": [_change(row, patients, sees) for row in day.changes],
        "away": away,
        "delays": delays,
        "not_ready": [
            {
                "appointment_id": row["appointment_id"],
                "starts_at": row["starts_at"],
                "missing": [{"what": "preparation", **item} for item in row["preparation"]],
            }
            for row in day.visits
            if row["preparation"]
        ],
        "tasks": [_task(row, patients) for row in day.tasks],
    }


def _providers(day: Day) -> list[UUID]:
    """Those of the facility, and those from elsewhere who have visits here that day; by name."""
    return [each for each, row in day.resources.items() if row["kind"] == "provider"]


def _resource(day: Day, resource_id: UUID) -> Json:
    row = day.resources.get(resource_id)
    return {"resource_id": resource_id} | (
        {"kind": row["kind"], "name": row["name"], "specialties": row["specialties"]} if row else {}
    )


def _ids(visit: Json, kind: str) -> set[UUID]:
    return {part["resource_id"] for part in visit["resources"] if part["kind"] == kind}


def _visit(row: Json, patients: Mapping[UUID, Json]) -> Json:
    return {
        "appointment_id": row["appointment_id"],
        "version": row["version"],
        "status": row["status"],
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "visit_type": row["visit_type"],
        "priority": row["priority"],
        "overridden": row["overridden"],
        "resources": row["resources"],
        "ready": not row["preparation"],
        **_given(row, ("expires_at", "session_id", "seats")),
        **_patient(row, patients),
    }


def _change(row: Json, patients: Mapping[UUID, Json], sees: Callable[[UUID], bool]) -> Json:
    now = {name: row[name] for name in ("facility_id", "starts_at", "resource_ids")}
    before = {name: row["was_" + name] for name in now}
    return {
        "kind": row["kind"],
        "at": row["at"],
        "appointment_id": row["appointment_id"],
        "by": row["by"],
        "visit_type": row["visit_type"],
        **(now if sees(row["facility_id"]) else {}),
        **({"before": before} if row["kind"] == "moved" and sees(row["was_facility_id"]) else {}),
        **_given(row, ("reason_code",)),
        **_patient(row, patients),
    }


def _other(row: Json, day: Day) -> Json:
    known = day.resources.get(row["resource_id"])
    return {
        "resource_id": row["resource_id"],
        **({"name": known["name"]} if known else {}),
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        **_given(row, ("absence_id", "reason", "minutes")),
    }


def _task(row: Json, patients: Mapping[UUID, Json]) -> Json:
    return {
        "task_id": row["task_id"],
        "kind": row["kind"],
        "reason_code": row["reason_code"],
        "owner": row["owner"],
        "opened_at": row["opened_at"],
        "due_at": row["due_at"],
        **_given(row, ("appointment_id", "resource_id")),
        **_patient(row, patients),
    }


def _patient(row: Json, patients: Mapping[UUID, Json]) -> Json:
    shown = patients.get(row["patient_id"]) if row["patient_id"] else None
    return {"patient": shown} if shown else {}


def _given(row: Json, names: Iterable[str]) -> Json:
    return {name: row[name] for name in names if row[name] is not None}
