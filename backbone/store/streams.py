"""Streams read whole: the events of some aggregates, in the order in which they happened."""

from collections.abc import Iterable
from uuid import UUID

from backbone.events import DomainEvent
from backbone.store.connection import Connection
from backbone.store.mapper import EventMapper

__all__ = ["read_streams"]

READ_STREAMS = """
SELECT e.originator_id, e.originator_version, e.topic, e.state
  FROM unnest($1::uuid[]) AS s (id)
 CROSS JOIN LATERAL (SELECT originator_id, originator_version, topic, state FROM stored_events
                      WHERE originator_id = s.id ORDER BY originator_version OFFSET 0) AS e
"""


async def read_streams(
    connection: Connection, mapper: EventMapper, stream_ids: Iterable[UUID]
) -> dict[UUID, list[DomainEvent]]:
    """The events of each stream, as of one instant; an empty list for a stream that isn't there."""
    streams: dict[UUID, list[DomainEvent]] = {stream_id: [] for stream_id in stream_ids}
    for row in await connection.fetch(READ_STREAMS, list(streams)):
        event = mapper.decode(row["topic"], row["originator_id"], row["originator_version"], row["state"])
        streams[row["originator_id"]].append(event)
    return streams
