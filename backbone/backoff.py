"""The pause before another try: short at first, doubled each time, short again after one that lasted."""

import asyncio
from time import monotonic
from typing import Final

__all__ = ["Backoff"]

LAST_SECONDS: Final = 5.0
STEADY_SECONDS: Final = 10.0
"""What lasted for so long did its work, or has waited long enough already."""


class Backoff:
    """One task's."""

    __slots__ = ("_began", "_first", "_next")

    def __init__(self, first: float = 0.1) -> None:
        """``first``: seconds."""
        self._first = self._next = first
        self._began = monotonic()

    async def pause(self) -> None:
        """Waits: a try has failed. The next begins when this returns."""
        if monotonic() - self._began >= STEADY_SECONDS:
            self.reset()
        await asyncio.sleep(self._next)
        self._next = min(self._next * 2, LAST_SECONDS)
        self._began = monotonic()

    def reset(self) -> None:
        """A try has succeeded."""
        self._next = self._first
