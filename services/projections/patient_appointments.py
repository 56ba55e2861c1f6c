"""The projection ``patient_appointments``: every appointment that a patient has or had."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from backbone.projecting import Heard, Projection, Tables
from services.projections.hearing import APPOINTMENT_EVENTS, ENDED_HOLDS, Fields, Told, types

__all__ = ["Appointment", "PatientAppointments", "gather", "list_appointments"]


class Appointment(Fields):
    """An appointment as it is after the event."""

    status: str
    facility_id: UUID
    patient_id: UUID | None = None
    visit_type: str
    starts_at: datetime
    ends_at: datetime
    local_start: str
    time_zone: str
    resource_ids: tuple[UUID, ...] = ()
    expires_at: datetime | None = None


def gather(heard: Sequence[Heard]) -> dict[str, Told[Appointment]]:
    """The last word on each appointment: each event carries the whole."""
    return {record.key: Told(record, event) for record, event in heard if isinstance(event, Appointment)}


class PatientAppointments(Projection):
    """Per patient, appointments of every status; not the holds that came to nothing, nor errors of entry."""

    name = "patient_appointments"
    topics = ("almanac.booking.appointments",)
    hears: ClassVar = types("booking", APPOINTMENT_EVENTS, Appointment)
    tables = """
        CREATE TABLE patient_appointments{g} (
            appointment_id uuid PRIMARY KEY,
            version bigint NOT NULL,
            listed boolean NOT NULL,
            patient_id uuid,
            facility_id uuid NOT NULL,
            status text NOT NULL,
            visit_type text NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            local_start text NOT NULL,          -- the facility's wall clock, without offset
            time_zone text NOT NULL,
            expires_at timestamptz,
            resource_ids uuid[] NOT NULL
        );
    """
    indexes = """
        CREATE INDEX patient_appointments_patient{g}
            ON patient_appointments{g} (patient_id, starts_at, appointment_id) WHERE listed;
    """

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        await tables.write(
            """
            INSERT INTO patient_appointments{g}
            SELECT appointment_id, version, listed, patient_id, facility_id, status, visit_type, starts_at,
                ends_at, local_start, time_zone, expires_at, string_to_array(resource_ids, ' ')::uuid[]
            FROM unnest(
                $1::text[]::uuid[], $2::bigint[], $3::boolean[], $4::uuid[], $5::uuid[], $6::text[],
                $7::text[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[],
                $12::timestamptz[], $13::text[])
                AS a (appointment_id, version, listed, patient_id, facility_id, status, visit_type,
                    starts_at, ends_at, local_start, time_zone, expires_at, resource_ids)
            ON CONFLICT (appointment_id) DO UPDATE SET
                version = excluded.version, listed = excluded.listed, patient_id = excluded.patient_id,
                facility_id = excluded.facility_id, status = excluded.status,
                visit_type = excluded.visit_type, starts_at = excluded.starts_at,
                ends_at = excluded.ends_at, local_start = excluded.local_start,
                time_zone = excluded.time_zone, expires_at = excluded.expires_at,
                resource_ids = excluded.resource_ids
            """,
            (
                (
                    key,
                    record.stream_version,
                    record.type not in ENDED_HOLDS and now.status != "entered-in-error",
                    now.patient_id,
                    now.facility_id,
                    now.status,
                    now.visit_type,
                    now.starts_at,
                    now.ends_at,
                    now.local_start,
                    now.time_zone,
                    now.expires_at,
                    " ".join(str(resource_id) for resource_id in now.resource_ids),
                )
                for key, (record, now) in gather(heard).items()
            ),
        )


async def list_appointments(
    tables: Tables,
    patient_ids: Collection[UUID],
    facility_ids: list[UUID] | None,
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Appointments of these records in order of time; ``facility_ids`` None: wherever they are.

    ``start`` and ``end`` bound when they begin; ``after``: the last one of the page before. A hold that has
    run out by ``now`` is not listed.
    """
    after_start, after_id = after or (None, None)
    rows = await tables.fetch(
        """
        SELECT appointment_id, version, facility_id, status, visit_type, starts_at, ends_at, local_start,
            time_zone, expires_at, resource_ids
        FROM patient_appointments{g}
        WHERE listed AND patient_id = ANY ($1::uuid[])
            AND ($2::uuid[] IS NULL OR facility_id = ANY ($2))
            AND ($3::timestamptz IS NULL OR starts_at >= $3)
            AND ($4::timestamptz IS NULL OR starts_at < $4)
            AND NOT (status = 'held' AND expires_at <= $5)
            AND ($6::timestamptz IS NULL OR (starts_at, appointment_id) > ($6, $7::uuid))
        ORDER BY starts_at, appointment_id
        LIMIT $8
        """,
        list(patient_ids),
        facility_ids,
        start,
        end,
        now,
        after_start,
        after_id,
        limit,
    )
    return [dict(row) for row in rows]
