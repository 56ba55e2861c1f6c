"""A store's log page by page, as large as the store has time for."""

import time
from collections.abc import Sequence

from backbone.cloudevents.encode import StoredRow
from backbone.relay.notifications import Notifications
from backbone.store.errors import StoreUnavailable

__all__ = ["PAGE", "Pages"]

PAGE = 2_000
QUICK_SECONDS = 0.5
"""After a page that was read so quickly, the next may be twice as large."""
SMALL_SECONDS = 30.0
"""For so long they stay small: each time that one is too large the relay starts again."""


class Pages:
    """Pages of up to ``PAGE`` events; smaller ones after one that the store had no time for.

    Nobody waits on the relay, but its readings are stopped after the same few seconds as everybody's: a disk
    may well be too slow for 2,000 events then, for ever, and not for 20.
    """

    __slots__ = ("_limit", "_small_until", "_store")

    def __init__(self, store: Notifications) -> None:
        self._store = store
        self._limit = PAGE
        self._small_until = 0.0

    async def read(self, start: int) -> Sequence[StoredRow]:
        """The events from position ``start`` on. Raises StoreUnavailable; asked again, it asks for fewer."""
        began = time.monotonic()
        try:
            page = await self._store.notifications(start, self._limit)
        except StoreUnavailable:
            self._limit = max(1, self._limit // 4)
            self._small_until = time.monotonic() + SMALL_SECONDS
            raise
        ended = time.monotonic()
        if ended >= self._small_until and ended - began < QUICK_SECONDS:
            self._limit = min(PAGE, self._limit * 2)
        return page
