"""How fast batches are committed, and so how long a decision that comes now would have to wait."""

from math import ceil

from backbone.store.errors import Overloaded

__all__ = ["Pace"]

ALWAYS_WAITING = 64
"""So many decisions may wait in any case: what was measured of an idle store says little about a crowd."""
TELLING = 16
"""Smaller batches are not measured: most of their time is the commit, which many would share."""
WEIGHT = 0.3
"""Weight of the newest batch in the moving average of seconds per decision."""
STALLED_FOR = 2.0
"""A batch that takes this many times the longest wait counts as stopped."""


class Pace:
    """Decides who may join the queue; whoever may waits for about ``longest_wait`` seconds at most."""

    __slots__ = ("_began", "_each", "_most", "longest_wait")

    def __init__(self, longest_wait: float, most: int) -> None:
        """``most``: how many decisions may wait at all."""
        self.longest_wait = longest_wait
        self._most = most
        self._each = 0.0
        self._began: float | None = None

    @property
    def stalls_after(self) -> float:
        """Seconds after which a batch under way counts as stopped."""
        return self.longest_wait * STALLED_FOR

    def stalled(self) -> Overloaded:
        """What callers are told when a batch counts as stopped."""
        return Overloaded("the store has stopped", ceil(self.stalls_after))

    def began(self, now: float) -> None:
        """A batch is under way."""
        self._began = now

    def ended(self, now: float, count: int) -> None:
        """A batch of ``count`` decisions is through."""
        if self._began is not None and count >= TELLING:
            each = (now - self._began) / count
            self._each = each if not self._each else self._each + WEIGHT * (each - self._each)
        self._began = None

    def admit(self, waiting: int, now: float) -> None:
        """Lets one more in behind ``waiting``, or raises Overloaded with when to come again."""
        running = 0.0 if self._began is None else now - self._began
        if running > self.stalls_after:
            raise self.stalled()
        wait = waiting * self._each
        if waiting >= self._most or (waiting >= ALWAYS_WAITING and running + wait > self.longest_wait):
            raise Overloaded("too many decisions wait for the store", max(1, ceil(wait)))
