"""The projection ``group_sessions``: group visits that stand, so that a search can offer their seats."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backbone.projecting import Heard, Projection, Tables

__all__ = ["GroupSessions", "SessionState", "StandingSession", "standing_sessions"]


class SessionState(BaseModel):
    """What is read of an appointment's event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: str
    facility_id: UUID
    visit_type: str
    starts_at: datetime
    resource_ids: tuple[UUID, ...] = ()
    seats: int | None = None
    expires_at: datetime | None = None


class StandingSession(BaseModel):
    """A group visit that takes place."""

    session_id: UUID
    starts_at: datetime
    resource_ids: tuple[UUID, ...]


class GroupSessions(Projection):
    """Per session its last state; seats and single visits are no sessions."""

    name = "group_sessions"
    topics = ("almanac.booking.appointments",)
    hears: ClassVar = {
        f"almanac.booking.{name}.v1": SessionState
        for name in (
            "SlotHeld",
            "HoldExpired",
            "HoldReleased",
            "AppointmentBooked",
            "AppointmentRescheduled",
            "AppointmentCancelled",
        )
    }
    tables = """
        CREATE TABLE group_sessions{g} (
            session_id uuid PRIMARY KEY,
            status text NOT NULL,
            facility_id uuid NOT NULL,
            visit_type text NOT NULL,
            starts_at timestamptz NOT NULL,
            resource_ids uuid[] NOT NULL,
            expires_at timestamptz
        );
        CREATE INDEX group_sessions_coming{g} ON group_sessions{g} (visit_type, facility_id, starts_at);
    """

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        last = {
            UUID(record.key): event
            for record, event in heard
            if isinstance(event, SessionState) and event.seats is not None
        }
        await tables.write(
            """
            INSERT INTO group_sessions{g}
            SELECT id, status, facility_id, visit_type, starts_at,
                   string_to_array(resource_ids, ' ')::uuid[], expires_at
              FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[],
                          $7::timestamptz[])
                AS s (id, status, facility_id, visit_type, starts_at, resource_ids, expires_at)
            ON CONFLICT (session_id) DO UPDATE SET
                status = excluded.status, facility_id = excluded.facility_id,
                starts_at = excluded.starts_at, resource_ids = excluded.resource_ids,
                expires_at = excluded.expires_at
            """,
            [
                (
                    session_id,
                    each.status,
                    each.facility_id,
                    each.visit_type,
                    each.starts_at,
                    " ".join(map(str, each.resource_ids)),
                    each.expires_at,
                )
                for session_id, each in last.items()
            ],
        )


async def standing_sessions(
    tables: Tables,
    visit_type: str,
    facility_id: UUID,
    starts_from: datetime,
    starts_before: datetime,
    now: datetime,
) -> list[StandingSession]:
    """Sessions of a type at a facility that start in [``starts_from``, ``starts_before``), in order."""
    rows = await tables.fetch(
        """
        SELECT session_id, starts_at, resource_ids FROM group_sessions{g}
         WHERE visit_type = $1 AND facility_id = $2 AND starts_at >= $3 AND starts_at < $4
           AND (status = 'booked' OR (status = 'held' AND expires_at > $5))
         ORDER BY starts_at, session_id
        """,
        visit_type,
        facility_id,
        starts_from,
        starts_before,
        now,
    )
    return [StandingSession(**dict(row)) for row in rows]
