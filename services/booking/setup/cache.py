"""The setup in memory, brought up to date from the store, whichever process changed it."""

import asyncio
from collections.abc import Mapping
from typing import cast
from uuid import UUID

from backbone.sessions import STALLED_SECONDS
from backbone.store.errors import StoreUnavailable
from backbone.store.reader import Reader
from services.booking.events.setup import SetupEvent
from services.booking.setup.catalogue import Setup

__all__ = ["SetupCache"]

SINCE = """
SELECT topic, originator_id, originator_version, state, sequence FROM stored_events
 WHERE kafka_topic = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
"""
PAGE = 5_000


class SetupCache:
    """Holds the setup as of some moment. A decision made from it is guarded by the versions it saw."""

    def __init__(self, store: Reader) -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self._stalled_at = 0.0
        self._sequence = 0
        self._facility_of: Mapping[UUID, UUID] = {}
        self.setup = Setup()

    async def refresh(self) -> Setup:
        """The setup as of now; where nothing has changed, one look at an index. Raises StoreUnavailable.

        Callers that come together wait for one another; for a server that has stopped, see STALLED_SECONDS.
        """
        clock = asyncio.get_running_loop()
        asked = clock.time()
        async with self._turn:
            if self._stalled_at > asked:
                raise StoreUnavailable("PostgreSQL has stopped")
            began = clock.time()
            try:
                while await self._catch_up():
                    pass
            except StoreUnavailable:
                if clock.time() - began > STALLED_SECONDS:
                    self._stalled_at = clock.time()
                raise
        return self.setup

    async def loaded(self) -> Setup:
        """The setup as it is known, read once at least."""
        return self.setup if self._sequence else await self.refresh()

    def is_newest(self, setup: Setup, sequence: int) -> bool:
        """Whether ``setup`` is what the events up to ``sequence`` of its topic make of it."""
        return setup is self.setup and sequence == self._sequence

    @property
    def facility_of(self) -> Mapping[UUID, UUID]:
        """Each resource's facility."""
        return self._facility_of

    async def _catch_up(self) -> bool:
        async with self._store.reading() as connection:
            rows = await connection.fetch(SINCE, SetupEvent.kafka_topic, self._sequence, PAGE)
        if not rows:
            return False
        decode = self._store.mapper.decode
        events = [decode(r["topic"], r["originator_id"], r["originator_version"], r["state"]) for r in rows]
        self.setup = self.setup.after(*(cast(SetupEvent, event) for event in events))
        self._sequence = rows[-1]["sequence"]
        self._facility_of = {key: known.facility_id for key, known in self.setup.resources.items()}
        return len(rows) == PAGE
