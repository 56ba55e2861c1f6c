"""The eventsourcing library's recorder contract over our store, asynchronously."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record
from eventsourcing.persistence import IntegrityError, Notification, StoredEvent

from backbone.events import DomainEvent
from backbone.store.decision import Accepted, Decision
from backbone.store.origin import Origin
from backbone.store.store import Store
from tests.backbone.store.looking import position

__all__ = ["AsyncRecorder"]

SELECT_EVENTS = """
SELECT originator_id, originator_version, topic, state FROM stored_events
 WHERE originator_id = $1
   AND ($2::bigint IS NULL OR originator_version > $2)
   AND ($3::bigint IS NULL OR originator_version <= $3)
 ORDER BY CASE WHEN $4 THEN -originator_version ELSE originator_version END
 LIMIT $5
"""

SELECT_NOTIFICATIONS = """
SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events
 WHERE notification_id >= $1
   AND ($2::bigint IS NULL OR notification_id <= $2)
   AND (cardinality($3::text[]) = 0 OR topic = ANY($3))
 ORDER BY notification_id
 LIMIT $4
"""


class AsyncRecorder:
    """``select_events``, ``select_notifications`` as the library's recorders, ``put`` as its EventStore."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, events: Sequence[DomainEvent], origin: Origin) -> int:
        """Records events of one or several streams, all or none; the last one's position.

        Raises the library's IntegrityError where a version is taken already, or doesn't follow.
        """
        outcome = await self._store.submit(Decision(origin, tuple(events)))
        if not isinstance(outcome, Accepted):
            raise IntegrityError("a version does not follow the head of its stream")
        return outcome.position

    async def select_events(
        self,
        originator_id: UUID,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """A stream's events with versions in (gt, lte], by version."""
        async with self._store.reading() as connection:
            rows = await connection.fetch(SELECT_EVENTS, originator_id, gt, lte, desc, limit)
        return [StoredEvent(**_event(row)) for row in rows]

    async def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        """Events with positions from ``start`` to ``stop`` of the given types, by position."""
        first = (start or 0) + (0 if inclusive_of_start else 1)
        async with self._store.reading() as connection:
            rows = await connection.fetch(SELECT_NOTIFICATIONS, first, stop, list(topics), limit)
        return [Notification(id=row["notification_id"], **_event(row)) for row in rows]

    async def max_notification_id(self) -> int | None:
        """The last position; None in an empty store."""
        return await position(self._store) or None


def _event(row: Record) -> dict[str, Any]:
    return {name: row[name] for name in ("originator_id", "originator_version", "topic", "state")}
