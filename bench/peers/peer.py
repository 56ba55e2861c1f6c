"""What every peer is to the bench: a number of callers who append for a while."""

from typing import Protocol

from bench.measuring import Load

__all__ = ["CALLERS", "Peer", "Skipped"]

CALLERS = 64


class Peer(Protocol):
    """Another event store, connected and warm."""

    async def append(self, seconds: float) -> Load:
        """``CALLERS`` callers, each appending one event to a new stream as soon as its last is durable."""
        ...


class Skipped(Exception):
    """This peer can't be measured here; the text says why."""
