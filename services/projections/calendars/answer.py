"""A calendar as it is answered: entries in order of time, each as far as the caller may see it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from backbone.web.caller import Caller

__all__ = ["entries", "visible"]

Row = Mapping[str, Any]
Json = dict[str, Any]

SHOWN: Final = (
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


def visible(rows: Iterable[Row], caller: Caller, own: frozenset[UUID]) -> list[Row]:
    """The appointments that exist for the caller. ``own``: a patient's records; others see all.

    At another facility the time is shown, because the resource is not free, but not whose or what it is.
    """
    if caller.is_patient:
        return [row for row in rows if row["patient_id"] in own]
    seen: list[Row] = []
    for row in rows:
        if caller.sees_facility(row["facility_id"]):
            seen.append(row)
        elif row["session_id"] is None:
            seen.append({"patient_id": None, "starts_at": row["starts_at"], "ends_at": row["ends_at"]})
    return seen


def entries(appointments: Iterable[Row], others: Iterable[Row], patients: Mapping[UUID, Json]) -> list[Json]:
    """``patients``: how each is shown to this caller; who is missing is not shown.

    A seat in a group visit takes no time of its own: it stands in its session's ``attendees``, unless the
    session is not here to hold it.
    """
    rows = list(appointments)
    attendees: dict[UUID, list[Json]] = {
        row["appointment_id"]: [] for row in rows if row.get("seats") is not None
    }
    shown = []
    for row in rows:
        entry = _appointment(row, patients)
        held_by = attendees.get(row["session_id"]) if row.get("session_id") else None
        if held_by is not None:
            names = ("appointment_id", "status", "patient")
            held_by.append({name: entry[name] for name in names if name in entry})
            continue
        if row.get("seats") is not None:
            entry["attendees"] = attendees[row["appointment_id"]]
        shown.append(entry)
    shown += [{name: value for name, value in row.items() if value is not None} for row in others]
    return sorted(shown, key=lambda entry: (entry["starts_at"], entry["ends_at"]))


def _appointment(row: Row, patients: Mapping[UUID, Json]) -> Json:
    entry = {"kind": "appointment"} | {name: row[name] for name in SHOWN if row.get(name) is not None}
    if (patient := patients.get(row["patient_id"])) is not None:
        entry["patient"] = patient
    return entry
