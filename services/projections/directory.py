"""The projection ``directory``: which facilities, visit types and resources there are, and their hours."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar, TypeVar
from uuid import UUID

from pydantic_core import to_json

from backbone.projecting import Heard, Projection, Tables
from services.projections.hearing import Fields, Told, types

__all__ = ["Directory", "Facility", "Hours", "Resource", "Retired", "Template", "VisitType"]

_F = TypeVar("_F", bound=Fields)


class Facility(Fields):
    """A place with a clock of its own."""

    name: str
    time_zone: str


class VisitType(Fields):
    """A kind of visit."""

    code: str
    name: str


class Resource(Fields):
    """A provider, a room or a device."""

    facility_id: UUID
    kind: str
    name: str
    specialties: tuple[str, ...] = ()


class Retired(Fields):
    """A resource that takes no more bookings; it stays known, because the past refers to it."""

    facility_id: UUID


class Hours(Fields):
    """Open hours on one weekday, by the facility's wall clock; ``to_time`` may be 24:00."""

    day: str
    from_time: str
    to_time: str
    every_weeks: int = 1
    facility_id: UUID | None = None


class Template(Fields):
    """Weekly hours for a range of local days, both included."""

    effective_from: date
    effective_to: date | None = None
    weekly: tuple[Hours, ...]


class Directory(Projection):
    """Small tables that the other views look names, zones and hours up in."""

    name = "directory"
    version = 2
    topics = ("almanac.booking.setup",)
    hears: ClassVar = {
        **types("booking", ["FacilityAdded", "FacilityChanged"], Facility),
        **types("booking", ["VisitTypeAdded", "VisitTypeChanged"], VisitType),
        **types("booking", ["ResourceAdded", "ResourceChanged"], Resource),
        **types("booking", ["ResourceRetired"], Retired),
        **types("booking", ["TemplateChanged"], Template),
    }
    tables = """
        CREATE TABLE directory_facilities{g} (
            facility_id uuid PRIMARY KEY,
            name text NOT NULL,
            time_zone text NOT NULL
        );
        CREATE TABLE directory_visit_types{g} (
            code text PRIMARY KEY,
            name text NOT NULL
        );
        CREATE TABLE directory_resources{g} (
            resource_id uuid PRIMARY KEY,
            facility_id uuid NOT NULL,
            kind text NOT NULL,
            name text NOT NULL,
            specialties text[] NOT NULL,
            retired boolean NOT NULL DEFAULT false
        );
        CREATE INDEX directory_resources_facility{g} ON directory_resources{g} (facility_id);
        CREATE TABLE directory_templates{g} (   -- every change; on each day the latest that covers it counts
            resource_id uuid NOT NULL,
            version bigint NOT NULL,
            effective_from date NOT NULL,
            effective_to date,
            weekly jsonb NOT NULL,              -- [{day, from_time, to_time, every_weeks, facility_id}]
            PRIMARY KEY (resource_id, version)
        );
    """

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        await tables.write(
            """
            INSERT INTO directory_facilities{g}
            SELECT * FROM unnest($1::text[]::uuid[], $2::text[], $3::text[])
            ON CONFLICT (facility_id) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone
            """,
            ((key, each.event.name, each.event.time_zone) for key, each in latest(heard, Facility).items()),
        )
        await tables.write(
            """
            INSERT INTO directory_visit_types{g} SELECT * FROM unnest($1::text[], $2::text[])
            ON CONFLICT (code) DO UPDATE SET name = excluded.name
            """,
            ((each.event.code, each.event.name) for each in latest(heard, VisitType).values()),
        )
        await _write_resources(tables, latest(heard, Resource))
        await tables.write(
            """
            UPDATE directory_resources{g} SET retired = true
            FROM unnest($1::text[]::uuid[]) AS gone (id) WHERE resource_id = gone.id
            """,
            ((key,) for key in latest(heard, Retired)),
        )
        await _write_templates(tables, [Told(r, event) for r, event in heard if isinstance(event, Template)])


def latest(heard: Iterable[Heard], kind: type[_F]) -> Mapping[str, Told[_F]]:
    """The last word of this kind of event on each stream."""
    return {record.key: Told(record, event) for record, event in heard if isinstance(event, kind)}


async def _write_resources(tables: Tables, told: Mapping[str, Told[Resource]]) -> None:
    await tables.write(
        """
        INSERT INTO directory_resources{g} (resource_id, facility_id, kind, name, specialties)
        SELECT id, facility_id, kind, name, ARRAY(SELECT jsonb_array_elements_text(specialties))
        FROM unnest($1::text[]::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[])
            AS r (id, facility_id, kind, name, specialties)
        ON CONFLICT (resource_id) DO UPDATE SET
            facility_id = excluded.facility_id, kind = excluded.kind, name = excluded.name,
            specialties = excluded.specialties
        """,
        (
            (key, now.facility_id, now.kind, now.name, to_json(now.specialties).decode())
            for key, (_, now) in told.items()
        ),
    )


async def _write_templates(tables: Tables, told: Iterable[Told[Template]]) -> None:
    await tables.write(
        """
        INSERT INTO directory_templates{g}
        SELECT * FROM unnest($1::text[]::uuid[], $2::bigint[], $3::date[], $4::date[], $5::jsonb[])
        ON CONFLICT (resource_id, version) DO NOTHING
        """,
        (
            (
                each.key,
                each.version,
                each.event.effective_from,
                each.event.effective_to,
                to_json([hours.model_dump() for hours in each.event.weekly]).decode(),
            )
            for each in told
        ),
        key_columns=2,
    )
