"""Where the newest events of streams are found on Kafka: the position of an answer that changed nothing."""

from collections.abc import Iterable
from uuid import UUID

from backbone.store.connection import Connection
from backbone.store.decision import Mark

__all__ = ["newest_marks"]

NEWEST = """
SELECT s.id, e.kafka_topic, e.sequence
  FROM unnest($1::uuid[]) AS s (id)
 CROSS JOIN LATERAL (SELECT kafka_topic, sequence FROM stored_events WHERE originator_id = s.id
                      ORDER BY originator_version DESC LIMIT 1) AS e
"""


async def newest_marks(connection: Connection, streams: Iterable[UUID]) -> tuple[Mark, ...]:
    """The mark of each stream's last event; none for a stream that isn't there."""
    rows = await connection.fetch(NEWEST, list(streams))
    return tuple(Mark(row["kafka_topic"], row["id"], row["sequence"]) for row in rows)
