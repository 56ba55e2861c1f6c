"""The statements that write what a batch came to."""

from collections.abc import Sequence

from backbone.store.connection import Connection
from backbone.store.decision import Accepted
from backbone.store.errors import StoreBroken
from backbone.store.kept import marks_json, refusal_json
from backbone.store.netting import Change, Run, net
from backbone.store.picture import KeyRow, Picture, Placed
from backbone.store.slots import WEEK_BYTES

__all__ = ["NOTIFY_CHANNEL", "write"]

NOTIFY_CHANNEL = "stored_events"
"""Told once per batch, with the schema's name as payload; the library's subscriptions listen there too."""

WRITE = """
WITH new_events AS (
    INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id,
                               kafka_topic, sequence, meta, occurred_at, recorded_at)
    SELECT e.*, statement_timestamp()
      FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[], $5::bigint[],
                  $6::text[], $7::bigint[], $8::jsonb[], $9::timestamptz[]) AS e
), new_claims AS (
    INSERT INTO claims (resource_id, slot, lane, owner, capacity, expires_at)
    SELECT r.resource_id, generate_series(r.first_slot, r.end_slot - 1), r.lane, r.owner, r.capacity,
           r.expires_at
      FROM unnest($10::uuid[], $11::integer[], $12::integer[], $13::smallint[], $14::uuid[],
                  $15::smallint[], $16::timestamptz[])
           AS r (resource_id, first_slot, end_slot, lane, owner, capacity, expires_at)
), new_bits AS (
    INSERT INTO busy_weeks (resource_id, week, bits)
    SELECT * FROM unnest($17::uuid[], $18::integer[], $19::bytea[])
    ON CONFLICT (resource_id, week) DO UPDATE SET bits = excluded.bits
), new_keys AS (
    INSERT INTO idempotency (scope, key, fingerprint, outcome, answer, version, position, marks,
                             created_at, expires_at)
    SELECT k.scope, k.key, k.fingerprint, k.outcome, k.answer, k.version, k.position, k.marks,
           statement_timestamp(), statement_timestamp() + k.keep_for
      FROM unnest($20::text[], $21::text[], $22::bytea[], $23::text[], $24::jsonb[], $25::bigint[],
                  $26::bigint[], $27::jsonb[], $28::interval[])
           AS k (scope, key, fingerprint, outcome, answer, version, position, marks, keep_for)
)
SELECT pg_notify($29, current_schema())
"""

CHANGE_CLAIMS = """
WITH gone AS (
    DELETE FROM claims AS c
     USING unnest($1::uuid[], $2::integer[], $3::integer[], $4::smallint[], $5::uuid[])
           AS r (resource_id, first_slot, end_slot, lane, previous_owner)
     WHERE c.resource_id = r.resource_id AND c.slot >= r.first_slot AND c.slot < r.end_slot
       AND c.lane = r.lane AND c.owner = r.previous_owner
    RETURNING 1
), changed AS (
    UPDATE claims AS c SET owner = r.owner, capacity = r.capacity, expires_at = r.expires_at
      FROM unnest($6::uuid[], $7::integer[], $8::integer[], $9::smallint[], $10::uuid[],
                  $11::uuid[], $12::smallint[], $13::timestamptz[])
           AS r (resource_id, first_slot, end_slot, lane, previous_owner, owner, capacity, expires_at)
     WHERE c.resource_id = r.resource_id AND c.slot >= r.first_slot AND c.slot < r.end_slot
       AND c.lane = r.lane AND c.owner = r.previous_owner
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM changed)
"""


async def write(connection: Connection, picture: Picture) -> bool:
    """Writes the batch inside its transaction; False where it came to nothing.

    Raises StoreBroken where the claims in the table are not those that were read under the lock.
    """
    if not (picture.placed or picture.answers):
        return False
    change = net(picture.lanes, picture.weeks)
    if change.gone or change.changed:
        await _change_claims(connection, change)
    await connection.execute(
        WRITE,
        *_event_columns(picture.placed),
        *_claim_columns(change.added),
        [resource_id for resource_id, _ in change.weeks],
        [week for _, week in change.weeks],
        [bits.to_bytes(WEEK_BYTES, "little") for bits in change.weeks.values()],
        *_key_columns(picture.answers),
        NOTIFY_CHANNEL,
    )
    return True


def _event_columns(placed: Sequence[Placed]) -> list[list[object]]:
    return [
        [event.row.stream_id for event in placed],
        [event.row.version for event in placed],
        [event.row.type for event in placed],
        [event.row.state for event in placed],
        [event.position for event in placed],
        [event.row.kafka_topic for event in placed],
        [event.sequence for event in placed],
        [event.row.meta for event in placed],
        [event.row.occurred_at for event in placed],
    ]


def _claim_columns(runs: Sequence[Run]) -> list[list[object]]:
    return [
        [run.resource_id for run in runs],
        [run.first for run in runs],
        [run.end for run in runs],
        [run.lane for run in runs],
        [run.owner for run in runs],
        [run.capacity for run in runs],
        [run.expires_at for run in runs],
    ]


def _key_columns(answers: Sequence[KeyRow]) -> list[list[object]]:
    outcomes = [row.outcome for row in answers]
    return [
        [row.key.scope for row in answers],
        [row.key.key for row in answers],
        [row.key.fingerprint for row in answers],
        ["accepted" if isinstance(outcome, Accepted) else "refused" for outcome in outcomes],
        [row.answer if isinstance(row.outcome, Accepted) else refusal_json(row.outcome) for row in answers],
        [outcome.version if isinstance(outcome, Accepted) else 0 for outcome in outcomes],
        [outcome.position if isinstance(outcome, Accepted) else 0 for outcome in outcomes],
        [marks_json(outcome) if isinstance(outcome, Accepted) else "[]" for outcome in outcomes],
        [row.key.keep_for for row in answers],
    ]


async def _change_claims(connection: Connection, change: Change) -> None:
    gone, changed = change.gone, change.changed
    count = await connection.fetchval(
        CHANGE_CLAIMS,
        [run.resource_id for run in gone],
        [run.first for run in gone],
        [run.end for run in gone],
        [run.lane for run in gone],
        [run.previous_owner for run in gone],
        [run.resource_id for run in changed],
        [run.first for run in changed],
        [run.end for run in changed],
        [run.lane for run in changed],
        [run.previous_owner for run in changed],
        [run.owner for run in changed],
        [run.capacity for run in changed],
        [run.expires_at for run in changed],
    )
    expected = sum(run.end - run.first for run in (*gone, *changed))
    if count != expected:
        raise StoreBroken(f"{count} claims changed instead of {expected}")
