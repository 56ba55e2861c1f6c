"""The projection ``clinic``: which providers there are, and where. Learnt from booking's own events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backbone.projecting import Heard, Projection, Tables

__all__ = ["Clinic", "Facility", "KnownResource", "Resource", "Retired", "find_resource", "resources_of"]


class Facility(BaseModel):
    """What is read of a facility's event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    time_zone: str


class Resource(BaseModel):
    """What is read of a resource's event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    facility_id: UUID
    kind: str
    name: str


class Retired(BaseModel):
    """A resource takes no more bookings."""

    model_config = ConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class KnownResource:
    """A provider, room or device, and the clock it works by."""

    resource_id: UUID
    facility_id: UUID
    kind: str
    name: str
    time_zone: str
    retired: bool


class Clinic(Projection):
    """Facilities with their zones, resources with their facilities."""

    name: ClassVar[str] = "clinic"
    topics = ("almanac.booking.setup",)
    hears: ClassVar = {
        "almanac.booking.FacilityAdded.v1": Facility,
        "almanac.booking.FacilityChanged.v1": Facility,
        "almanac.booking.ResourceAdded.v1": Resource,
        "almanac.booking.ResourceChanged.v1": Resource,
        "almanac.booking.ResourceRetired.v1": Retired,
    }
    tables = """
        CREATE TABLE clinic_facilities{g} (
            facility_id uuid PRIMARY KEY,
            time_zone text NOT NULL
        );
        CREATE TABLE clinic_resources{g} (
            resource_id uuid PRIMARY KEY,
            facility_id uuid NOT NULL,
            kind text NOT NULL,
            name text NOT NULL,
            retired boolean NOT NULL DEFAULT false
        );
        CREATE INDEX clinic_resources_facility{g} ON clinic_resources{g} (facility_id);
    """

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        latest = {(UUID(record.key), type(event)): event for record, event in heard}
        await tables.write(
            """
            INSERT INTO clinic_facilities{g} SELECT * FROM unnest($1::uuid[], $2::text[])
            ON CONFLICT (facility_id) DO UPDATE SET time_zone = excluded.time_zone
            """,
            ((key, event.time_zone) for (key, _), event in latest.items() if isinstance(event, Facility)),
        )
        await tables.write(
            """
            INSERT INTO clinic_resources{g} (resource_id, facility_id, kind, name)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
            ON CONFLICT (resource_id) DO UPDATE SET
                facility_id = excluded.facility_id, kind = excluded.kind, name = excluded.name
            """,
            (
                (key, event.facility_id, event.kind, event.name)
                for (key, _), event in latest.items()
                if isinstance(event, Resource)
            ),
        )
        await tables.write(
            """
            UPDATE clinic_resources{g} SET retired = true
            FROM unnest($1::uuid[]) AS gone (id) WHERE resource_id = gone.id
            """,
            ((key,) for (key, _), event in latest.items() if isinstance(event, Retired)),
        )


async def find_resource(clinic: Tables, resource_id: UUID) -> KnownResource | None:
    """The resource as booking described it; None until the events about it and its facility have arrived."""
    row = await clinic.fetchrow(
        """
        SELECT resource_id, facility_id, kind, name, time_zone, retired
        FROM clinic_resources{g} JOIN clinic_facilities{g} USING (facility_id)
        WHERE resource_id = $1
        """,
        resource_id,
    )
    return KnownResource(**dict(row)) if row else None


async def resources_of(clinic: Tables, facility_id: UUID) -> list[KnownResource]:
    """A facility's resources by name."""
    rows = await clinic.fetch(
        """
        SELECT resource_id, facility_id, kind, name, time_zone, retired
        FROM clinic_resources{g} JOIN clinic_facilities{g} USING (facility_id)
        WHERE facility_id = $1 ORDER BY name, resource_id
        """,
        facility_id,
    )
    return [KnownResource(**dict(row)) for row in rows]
