"""How many requests are worked on at a time, who waits for a place, and who is turned away: the newest.

A line that passes is a burst, and everybody in it is served. One that stands would grow as long as more come
than go, and keep all of them waiting: it is kept short. The distinction is that of CoDel (RFC 8289, 3.1: good
queue, bad queue).
"""

from collections import deque
from typing import Final, Protocol

__all__ = ["AT_WORK", "BURST", "Comer", "Door", "STANDING"]

AT_WORK: Final = 64
"""More at once get no more done: by then a whole batch commits while the next is made."""
STANDING: Final = 32
"""Who waits behind them in a line that stands. So what is let in takes half as long again as without a line,
on any machine."""
BURST: Final = 160
"""Once more have come to a line, it stands: a burst is these and those at work."""
GAP_SECONDS: Final = 0.1
"""Once nobody has come to a line for so long, the next is a new one (RFC 8289, 4.3: the interval). Shorter
gaps are of the same line: each batch that is done empties it for a moment."""


class Comer(Protocol):
    """A request that comes to a door."""

    def begin(self) -> bool:
        """Begins it, unless nobody waits for its answer any more; whether it has begun."""

    def turn_away(self) -> None:
        """Answers that it is one too many."""


class Door:
    """First come, first served."""

    __slots__ = ("_at_work", "_burst", "_came", "_last", "_line", "_most", "_standing")

    def __init__(self, most: int = AT_WORK, standing: int = STANDING, burst: int = BURST) -> None:
        self._most = most
        self._standing = standing
        self._burst = burst
        self._at_work = 0
        self._line: deque[Comer] = deque()
        self._came = 0
        self._last = float("-inf")

    def comes(self, comer: Comer, now: float) -> None:
        """Begins it, at once or when its turn comes, or turns it away. Begun, it has a place until ``goes``.

        ``now``: seconds by any steady clock.
        """
        if self._at_work < self._most:  # then nobody waits
            self._at_work += comer.begin()
            return
        if now - self._last > GAP_SECONDS:
            self._came = 0
        self._last = now
        self._came += 1
        self._line.append(comer)
        if self._came > self._burst:
            while len(self._line) > self._standing:
                self._line.pop().turn_away()

    def goes(self) -> None:
        """A place is free: for the first in line who still wants it."""
        self._at_work -= 1
        while self._line and self._at_work < self._most:
            self._at_work += self._line.popleft().begin()
