"""What tests look up in a store, and services never need to."""

from collections.abc import Iterable
from uuid import UUID

from backbone.store.reader import Reader

__all__ = ["heads", "position"]

HEADS = """
SELECT s.id, e.originator_version
  FROM unnest($1::uuid[]) AS s (id)
 CROSS JOIN LATERAL (SELECT originator_version FROM stored_events WHERE originator_id = s.id
                      ORDER BY originator_version DESC LIMIT 1) AS e
"""


async def position(store: Reader) -> int:
    """The last position; 0 in an empty store."""
    async with store.reading() as connection:
        last: int = await connection.fetchval("SELECT coalesce(max(notification_id), 0) FROM stored_events")
    return last


async def heads(store: Reader, stream_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The version of each stream; 0 where it isn't there."""
    found = dict.fromkeys(stream_ids, 0)
    async with store.reading() as connection:
        for row in await connection.fetch(HEADS, list(found)):
            found[row["id"]] = row["originator_version"]
    return found
