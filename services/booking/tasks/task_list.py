"""The projection ``task_list``: what is to be done, by whom, until when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backbone.projecting import Heard, Projection, Tables

__all__ = ["Done", "Opened", "TaskList", "list_tasks"]


class Opened(BaseModel):
    """There is something to do."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    reason_code: str
    owner: str
    due_at: datetime
    facility_id: UUID | None = None
    appointment_id: UUID | None = None
    patient_id: UUID | None = None
    resource_id: UUID | None = None


class Done(BaseModel):
    """It is done."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    outcome_code: str


class TaskList(Projection):
    """Each task as it stands."""

    name = "task_list"
    topics = ("almanac.booking.tasks",)
    hears: ClassVar = {
        "almanac.booking.TaskOpened.v1": Opened,
        "almanac.booking.TaskDone.v1": Done,
    }
    tables = """
        CREATE TABLE task_list{g} (
            task_id uuid PRIMARY KEY,
            kind text NOT NULL,
            reason_code text NOT NULL,
            owner text NOT NULL,
            due_at timestamptz NOT NULL,
            facility_id uuid,
            appointment_id uuid,
            patient_id uuid,
            resource_id uuid,
            opened_at timestamptz NOT NULL,
            done_at timestamptz,
            outcome_code text,
            version bigint NOT NULL
        );
        CREATE INDEX task_list_open{g} ON task_list{g} (due_at, task_id) WHERE done_at IS NULL;
        CREATE INDEX task_list_appointment{g} ON task_list{g} (appointment_id) WHERE done_at IS NULL;
    """

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        await tables.write(
            """
            INSERT INTO task_list{g} (task_id, kind, reason_code, owner, due_at, facility_id, appointment_id,
                                      patient_id, resource_id, opened_at, version)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
                                 $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::timestamptz[],
                                 $11::bigint[])
            ON CONFLICT (task_id) DO NOTHING
            """,
            [
                (
                    UUID(record.key),
                    event.kind,
                    event.reason_code,
                    event.owner,
                    event.due_at,
                    event.facility_id,
                    event.appointment_id,
                    event.patient_id,
                    event.resource_id,
                    record.time,
                    record.stream_version,
                )
                for record, event in heard
                if isinstance(event, Opened)
            ],
        )
        await tables.write(
            """
            UPDATE task_list{g} AS t SET done_at = d.at, outcome_code = d.outcome_code, version = d.version
              FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
                AS d (id, at, outcome_code, version)
             WHERE t.task_id = d.id
            """,
            [
                (UUID(record.key), record.time, event.outcome_code, record.stream_version)
                for record, event in heard
                if isinstance(event, Done)
            ],
        )


async def list_tasks(
    tables: Tables,
    facilities: Sequence[UUID] | None,
    done: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
    erasures: bool | None = None,
) -> list[dict[str, Any]]:
    """Tasks in the order in which they are due; ``facilities`` None: everywhere. ``erasures``: only those
    that are about an erasure, or only others; None: both."""
    due_at, task_id = after or (None, None)
    rows = await tables.fetch(
        """
        SELECT * FROM task_list{g}
         WHERE (done_at IS NOT NULL) = $1
           AND ($2::uuid[] IS NULL OR facility_id = ANY ($2))
           AND ($3::timestamptz IS NULL OR (due_at, task_id) > ($3, $4::uuid))
           AND ($6::boolean IS NULL OR (kind = 'approve-erasure') = $6)
         ORDER BY due_at, task_id LIMIT $5
        """,
        done,
        facilities,
        due_at,
        task_id,
        limit,
        erasures,
    )
    return [dict(row) for row in rows]
