"""What the relay asks of a store: its events in the order of their commit."""

from collections.abc import Sequence
from typing import Protocol

from backbone.cloudevents.encode import StoredRow

__all__ = ["Notifications"]


class Notifications(Protocol):
    """The store's log. Positions rise without gaps, and nothing ever appears before what was read."""

    async def notifications(self, start: int, limit: int) -> Sequence[StoredRow]:
        """At most ``limit`` events from position ``start`` on (inclusive), in order of position."""
        ...
