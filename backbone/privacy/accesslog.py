"""Access records: committed before anything is shown, many in one round trip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backbone.clock import Clock
from backbone.ids import new_id
from backbone.privacy.access import Access, AccessOutcome
from backbone.privacy.database import Pool, translated
from backbone.privacy.groupcommit import GroupCommit

__all__ = ["AccessLog"]

# One statement, so one round trip. The head's row lock is held until the commit: positions rise in the order
# of commits and have no gaps. (A statement that waited for the lock sees the row as the one before left it.)
_RECORD = """
WITH head AS (
    UPDATE vault.access_head SET last = last + cardinality($1::uuid[]) RETURNING last
), recorded AS (
    INSERT INTO vault.access (
        position, access_id, occurred_at, actor_id, auth_type, roles, purpose, action, outcome,
        patient_ids, fields, facility_ids, request_id, traceparent
    )
    SELECT
        head.last - cardinality($1::uuid[]) + new.nth, access_id, occurred_at, actor_id, auth_type,
        roles::text[], purpose, action, outcome, patient_ids::uuid[], fields::text[], facility_ids::uuid[],
        request_id, traceparent
    FROM head, unnest(
        $1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[]
    ) WITH ORDINALITY AS new (
        access_id, occurred_at, actor_id, auth_type, roles, purpose, action, outcome,
        patient_ids, fields, facility_ids, request_id, traceparent, nth
    )
)
SELECT subject_id FROM vault.data_key
WHERE subject_id = ANY($14::uuid[]) AND destroyed_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class _Entry:
    access: Access
    outcome: AccessOutcome
    patients: tuple[UUID, ...]
    fields: tuple[str, ...]
    occurred_at: datetime


class AccessLog:
    """Writes access records in the order they came; ``record`` returns when its record is durable."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._commits = GroupCommit(self._write)

    async def record(
        self, access: Access, outcome: AccessOutcome, patients: Iterable[UUID], fields: Iterable[str] = ()
    ) -> frozenset[UUID]:
        """Commits one record and returns which of the patients' keys are destroyed, as of that commit."""
        entry = _Entry(
            access,
            outcome,
            tuple(dict.fromkeys(patients)),
            tuple(sorted(set(fields))),
            self._clock.now(),
        )
        return await self._commits.submit(entry)

    async def drain(self) -> None:
        """Waits for the records being written."""
        await self._commits.drain()

    async def _write(self, batch: Sequence[_Entry]) -> Sequence[frozenset[UUID]]:
        patients = list({patient for entry in batch for patient in entry.patients})
        with translated():
            rows = await self._pool.fetch(
                _RECORD,
                [new_id() for _ in batch],
                [entry.occurred_at for entry in batch],
                [entry.access.actor_id for entry in batch],
                [entry.access.auth_type for entry in batch],
                [_array(entry.access.roles) for entry in batch],
                [entry.access.purpose for entry in batch],
                [entry.access.action for entry in batch],
                [entry.outcome for entry in batch],
                [_array(map(str, entry.patients)) for entry in batch],
                [_array(entry.fields) for entry in batch],
                [_array(map(str, entry.access.facility_ids)) for entry in batch],
                [entry.access.request_id for entry in batch],
                [entry.access.traceparent for entry in batch],
                patients,
            )
        destroyed = frozenset(row["subject_id"] for row in rows)
        return [destroyed] * len(batch)


def _array(values: Iterable[str]) -> str:
    """A PostgreSQL array literal: unnest of arrays of arrays would flatten them."""
    quoted = ('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return "{" + ",".join(quoted) + "}"
