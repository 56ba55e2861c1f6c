"""A calendar as it is answered: entries in order of time, each as far as the caller may see it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from backbone.web.caller import Caller

__all__ = ["entries", "visible"]

Row = Mapping[str, Any]
Json = dict[str, Any]


def visible(rows: Iterable[Row], caller: Caller, own: frozenset[UUID]) -> list[Row]:
    """The appointments that exist for the caller. ``own``: a patient's records; others see all.

    At another facility the time is shown, because the resource is not free, but not whose or what it is.
    """
    if caller.is_patient:
        return [row for row in rows if row["patient_id"] in own]
    return [row if caller.sees_facility(row["facility_id"]) else _elsewhere(row) for row in rows]


def _elsewhere(row: Row) -> Json:
    return {"patient_id": None, "starts_at": row["starts_at"], "ends_at": row["ends_at"]}


def entries(appointments: Iterable[Row], others: Iterable[Row], patients: Mapping[UUID, Json]) -> list[Json]:
    """``patients``: how each is shown to this caller; who is missing is not shown."""
    shown = [_appointment(row, patients) for row in appointments]
    shown += [{name: value for name, value in row.items() if value is not None} for row in others]
    return sorted(shown, key=lambda entry: (entry["starts_at"], entry["ends_at"]))


def _appointment(row: Row, patients: Mapping[UUID, Json]) -> Json:
    names = (
        "appointment_id",
        "version",
        "status",
        "starts_at",
        "ends_at",
        "facility_id",
        "visit_type",
        "priority",
        "overridden",
        "expires_at",
        "session_id",
        "seats",
    )
    entry = {"kind": "appointment"} | {name: row[name] for name in names if row.get(name) is not None}
    if (patient := patients.get(row["patient_id"])) is not None:
        entry["patient"] = patient
    return entry
