"""The one statement that reads, under the lock, what a batch is admitted on."""

from collections.abc import Iterable
from uuid import UUID

from asyncpg import Record

from backbone.store.connection import Connection
from backbone.store.demand import Demand
from backbone.store.kept import kept_outcome
from backbone.store.lanes import Holding
from backbone.store.picture import Kept, Picture

__all__ = ["read", "read_holds"]

# LATERAL against unnest keeps PostgreSQL on one index probe per element, whatever it guesses of their number.
READ = """
SELECT 'position' AS part, NULL::uuid AS id, coalesce(max(notification_id), 0) AS n, NULL::smallint AS lane,
       NULL::smallint AS capacity, NULL::uuid AS owner, NULL::timestamptz AS expires_at, NULL::bytea AS bytes,
       NULL::text AS scope, NULL::text AS name, NULL::text AS outcome, NULL::text AS answer,
       NULL::bigint AS position, NULL::text AS marks
  FROM stored_events
UNION ALL
SELECT 'head', s.id, e.originator_version, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM unnest($1::uuid[]) AS s (id)
 CROSS JOIN LATERAL (SELECT originator_version FROM stored_events WHERE originator_id = s.id
                      ORDER BY originator_version DESC LIMIT 1) AS e
UNION ALL
SELECT 'sequence', NULL, e.sequence, NULL, NULL, NULL, NULL, NULL, NULL, t.topic, NULL, NULL, NULL, NULL
  FROM unnest($2::text[]) AS t (topic)
 CROSS JOIN LATERAL (SELECT sequence FROM stored_events WHERE kafka_topic = t.topic
                      ORDER BY sequence DESC LIMIT 1) AS e
UNION ALL
SELECT 'claim', r.resource_id, c.slot, c.lane, c.capacity, c.owner, c.expires_at,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM unnest($3::uuid[], $4::integer[], $5::integer[]) AS r (resource_id, first_slot, end_slot)
 CROSS JOIN LATERAL (SELECT slot, lane, capacity, owner, expires_at FROM claims
                      WHERE resource_id = r.resource_id AND slot >= r.first_slot AND slot < r.end_slot
                     OFFSET 0) AS c
UNION ALL
SELECT 'week', r.resource_id, w.week, NULL, NULL, NULL, NULL, w.bits, NULL, NULL, NULL, NULL, NULL, NULL
  FROM unnest($3::uuid[], $4::integer[], $5::integer[]) AS r (resource_id, first_slot, end_slot)
 CROSS JOIN LATERAL (SELECT week, bits FROM busy_weeks
                      WHERE resource_id = r.resource_id
                        AND week BETWEEN r.first_slot / 2016 AND (r.end_slot - 1) / 2016
                     OFFSET 0) AS w
UNION ALL
SELECT 'key', NULL, i.version, NULL, NULL, NULL, NULL, i.fingerprint, k.scope, k.key,
       i.outcome, i.answer::text, i.position, i.marks::text
  FROM unnest($6::text[], $7::text[]) AS k (scope, key)
 CROSS JOIN LATERAL (SELECT * FROM idempotency WHERE scope = k.scope AND key = k.key OFFSET 0) AS i
"""

READ_HOLDS = """
SELECT c.owner, c.resource_id, c.slot, c.expires_at
  FROM unnest($1::uuid[]) AS o (owner)
 CROSS JOIN LATERAL (SELECT owner, resource_id, slot, expires_at FROM claims
                      WHERE owner = o.owner AND expires_at IS NOT NULL OFFSET 0) AS c
"""


async def read(connection: Connection, demand: Demand, picture: Picture) -> None:
    """Adds to ``picture`` what is asked; what is not there leaves no trace."""
    ranges = list(demand.ranges())
    keys = list(demand.keys)
    rows = await connection.fetch(
        READ,
        list(demand.streams),
        list(demand.topics),
        [resource_id for resource_id, _, _ in ranges],
        [first for _, first, _ in ranges],
        [end for _, _, end in ranges],
        [scope for scope, _ in keys],
        [key for _, key in keys],
    )
    for row in rows:
        _take_in(picture, row)


def _take_in(picture: Picture, row: Record) -> None:
    part, key, number = row[0], row[1], row[2]
    if part == "week":
        picture.weeks[key, number] = int.from_bytes(row["bytes"], "little")
    elif part == "head":
        picture.heads[key] = number
    elif part == "claim":
        holding = Holding(row["lane"], row["owner"], row["capacity"], row["expires_at"])
        picture.lanes.read(key, number, holding)
    elif part == "sequence":
        picture.sequences[row["name"]] = number
    elif part == "position":
        picture.position = number
    else:
        outcome = kept_outcome(row["outcome"], row["answer"], number, row["position"], row["marks"])
        picture.keys[row["scope"], row["name"]] = Kept(row["bytes"], outcome)


async def read_holds(connection: Connection, owners: Iterable[UUID]) -> list[Record]:
    """Every claim with an expiry that the owners have: owner, resource_id, slot, expires_at."""
    return await connection.fetch(READ_HOLDS, list(owners))
