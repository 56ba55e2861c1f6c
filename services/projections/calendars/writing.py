"""How the calendars' tables are brought up to date: one statement a table for a whole batch."""

from collections.abc import Collection, Mapping, Set
from datetime import date
from uuid import UUID

from backbone.projecting import Tables
from services.projections.calendars.events import Absence, AbsenceEnded, Appointment, Delay, DelayEnded
from services.projections.hearing import GONE, Told

__all__ = ["write_absences", "write_appointments", "write_delays", "write_times"]


async def write_appointments(tables: Tables, told: Collection[Told[Appointment]], begun: Set[str]) -> None:
    """Each appointment as it is now; ``begun``: those that were not there before this batch."""
    await tables.write(
        """
        INSERT INTO calendar_appointments{g} AS a
        SELECT * FROM unnest(
            $1::text[]::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::uuid[], $6::text[],
            $7::timestamptz[], $8::timestamptz[], $9::text[], $10::boolean[], $11::timestamptz[],
            $12::uuid[], $13::integer[])
        ON CONFLICT (appointment_id) DO UPDATE SET
            version = excluded.version, facility_id = excluded.facility_id, status = excluded.status,
            patient_id = excluded.patient_id, visit_type = excluded.visit_type,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at, priority = excluded.priority,
            overridden = excluded.overridden, expires_at = excluded.expires_at,
            session_id = excluded.session_id, seats = excluded.seats
        """,
        (
            (
                each.key,
                each.version,
                (now := each.event).facility_id,
                now.status,
                now.patient_id,
                now.visit_type,
                now.starts_at,
                now.ends_at,
                now.priority,
                now.override is not None,
                now.expires_at,
                now.session_id,
                now.seats,
            )
            for each in told
        ),
        table="calendar_appointments{g}",
        begun=begun,
    )


async def write_times(tables: Tables, told: Collection[Told[Appointment]], begun: Set[str]) -> None:
    """Which times each appointment takes; what a moved or cancelled one no longer takes is deleted.

    ``begun``: keys of appointments that began in this batch, so that nothing of them is there yet.
    """
    rows = [
        (each.key, part.resource_id, part.starts_at, part.ends_at)
        for each in told
        if each.event.status not in GONE
        for part in each.event.resources
    ]
    if seen_before := {each.key for each in told} - begun:
        kept = [row for row in rows if row[0] in seen_before]
        await tables.execute(
            """
            DELETE FROM calendar_times{g} AS t
            WHERE t.appointment_id = ANY ($1::text[]::uuid[]) AND NOT EXISTS (
                SELECT FROM unnest($2::text[]::uuid[], $3::uuid[], $4::timestamptz[])
                    AS now (appointment_id, resource_id, starts_at)
                WHERE now.appointment_id = t.appointment_id AND now.resource_id = t.resource_id
                    AND now.starts_at = t.starts_at)
            """,
            list(seen_before),
            [row[0] for row in kept],
            [row[1] for row in kept],
            [row[2] for row in kept],
        )
    await tables.write(
        """
        INSERT INTO calendar_times{g} AS t
        SELECT * FROM unnest($1::text[]::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
        ON CONFLICT (appointment_id, resource_id, starts_at) DO UPDATE SET ends_at = excluded.ends_at
            WHERE t.ends_at <> excluded.ends_at
        """,
        rows,
        table="calendar_times{g}",
        begun=begun,
    )


async def write_absences(tables: Tables, told: Mapping[UUID, Told[AbsenceEnded]]) -> None:
    """Absences as they are now; one that was removed leaves no trace."""
    ended = [key for key, each in told.items() if not isinstance(each.event, Absence)]
    if ended:
        await tables.execute("DELETE FROM calendar_absences{g} WHERE absence_id = ANY ($1::uuid[])", ended)
    await tables.write(
        """
        INSERT INTO calendar_absences{g}
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::text[])
        ON CONFLICT (absence_id) DO UPDATE SET
            starts_at = excluded.starts_at, ends_at = excluded.ends_at, reason = excluded.reason
        """,
        (
            (key, now.resource_id, now.facility_id, now.starts_at, now.ends_at, now.reason)
            for key, each in told.items()
            if isinstance(now := each.event, Absence)
        ),
    )


async def write_delays(tables: Tables, told: Mapping[tuple[UUID, date], Told[DelayEnded]]) -> None:
    """How late each provider is on a local day; one who is on time again leaves no trace."""
    ended = [key for key, each in told.items() if not isinstance(each.event, Delay)]
    if ended:
        await tables.execute(
            """
            DELETE FROM calendar_delays{g} AS d
            USING unnest($1::uuid[], $2::date[]) AS ended (resource_id, day)
            WHERE d.resource_id = ended.resource_id AND d.day = ended.day
            """,
            *map(list, zip(*ended, strict=True)),
        )
    await tables.write(
        """
        INSERT INTO calendar_delays{g}
        SELECT * FROM unnest($1::uuid[], $2::date[], $3::uuid[], $4::integer[], $5::timestamptz[],
            $6::timestamptz[], $7::text[])
        ON CONFLICT (resource_id, day) DO UPDATE SET
            facility_id = excluded.facility_id, minutes = excluded.minutes, starts_at = excluded.starts_at,
            ends_at = excluded.ends_at, reason_code = excluded.reason_code
        """,
        (
            (*key, now.facility_id, now.minutes, each.record.time, now.valid_until, now.reason_code)
            for key, each in told.items()
            if isinstance(now := each.event, Delay)
        ),
        key_columns=2,
    )
