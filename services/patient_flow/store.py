"""How delays are kept and found again: the last event of a provider's stream is the present delay."""

from collections.abc import Awaitable, Callable, Iterable
from typing import cast
from uuid import UUID

from backbone.store.decision import Decision, Outcome
from backbone.store.store import Store
from services.patient_flow.delay import Delay, replay
from services.patient_flow.events import DelayEvent

__all__ = ["DelayStore"]

LATEST = """
SELECT e.topic, e.originator_id, e.originator_version, e.state
  FROM unnest($1::uuid[]) AS s (id)
 CROSS JOIN LATERAL (SELECT originator_id, originator_version, topic, state FROM stored_events
                      WHERE originator_id = s.id ORDER BY originator_version DESC LIMIT 1) AS e
"""


class DelayStore:
    """Delays by provider."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def execute(self, decide: Callable[[], Awaitable[Decision]]) -> Outcome:
        """Decides and commits. Decides anew where somebody else changed the same delay meanwhile."""
        return await self._store.execute(decide)

    async def current(self, resource_id: UUID) -> Delay:
        """One provider's delay; of version 0 where nothing was ever reported."""
        known = await self.latest([resource_id])
        return known[0] if known else Delay(resource_id)

    async def latest(self, resource_ids: Iterable[UUID]) -> list[Delay]:
        """The delays of those about whom anything was ever reported; reads only each stream's last event."""
        async with self._store.reading() as connection:
            rows = await connection.fetch(LATEST, list(resource_ids))
        decode = self._store.mapper.decode
        return [replay(row["originator_id"], [cast(DelayEvent, decode(*row))]) for row in rows]
