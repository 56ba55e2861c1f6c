"""The example's files, and the names in them as the running installation knows them."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

__all__ = ["ClinicFiles", "Known"]


@dataclass(frozen=True, slots=True)
class ClinicFiles:
    """The example clinic as read; every row as it stands in its file."""

    facilities: list[dict[str, str]]
    visit_types: list[dict[str, Any]]
    resources: list[dict[str, str]]
    templates: list[dict[str, Any]]
    absences: list[dict[str, Any]]
    patients: list[dict[str, Any]]
    calls: bytes

    @classmethod
    def read(cls, files: Mapping[str, bytes]) -> "ClinicFiles":
        """``files``: name -> content, as the generator gives them or as they lie in ``examples/clinic``."""
        return cls(
            facilities=_rows(files["facilities.csv"]),
            visit_types=_lines(files["visit_types.ndjson"]),
            resources=_rows(files["resources.csv"]),
            templates=_lines(files["templates.ndjson"]),
            absences=_lines(files["absences.ndjson"]),
            patients=_lines(files["patients.ndjson"]),
            calls=files["calls.ndjson"],
        )

    @property
    def zones(self) -> Mapping[str, str]:
        """Time zone by facility."""
        return {row["facility"]: row["time_zone"] for row in self.facilities}

    @property
    def homes(self) -> Mapping[str, str]:
        """Facility by resource."""
        return {row["resource"]: row["facility"] for row in self.resources}


@dataclass(slots=True)
class Known:
    """Server ids by natural name; filled while the clinic is registered."""

    facilities: dict[str, UUID] = field(default_factory=dict)
    resources: dict[str, UUID] = field(default_factory=dict)
    patients: dict[str, UUID] = field(default_factory=dict)
    """By record number."""

    def resource_names(self) -> Mapping[UUID, str]:
        return {id: name for name, id in self.resources.items()}


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def _lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]
