"""How many requests are worked on at a time, who waits for a place, and who is refused: the newest.

A queue that passes is a burst, and everybody in it is served. One that stands would grow as long as more come
than go, and keep all of them waiting: it is kept short. The distinction is that of CoDel (RFC 8289, 3.1: good
queue, bad queue).
"""

from collections import deque
from typing import Final, Protocol

__all__ = ["AT_WORK", "BURST", "STANDING", "AdmissionQueue", "Candidate"]

AT_WORK: Final = 64
"""More at once get no more done: by then a whole batch commits while the next is made."""
STANDING: Final = 16
"""Who waits behind them in a queue that stands. So what is admitted takes a quarter longer than without a
queue, on any machine."""
BURST: Final = 160
"""Once more have come to a queue, it stands: a burst is these and those at work."""
GAP_SECONDS: Final = 0.1
"""Once nobody has come to an empty queue for so long, the next to come begins a new one (RFC 8289, 4.3: the
interval). Shorter gaps are of the same queue: each batch that is done empties it for a moment."""
WAITING_SECONDS: Final = 2.0
"""Whose turn comes later is refused then: what all wait for has stopped, and they have waited enough."""


class Candidate(Protocol):
    """A request that wants to be admitted."""

    def begin(self) -> bool:
        """Begins it, unless nobody waits for its answer any more; whether it has begun."""

    def refuse(self) -> None:
        """Answers that it is one too many."""


class AdmissionQueue:
    """First come, first served. All times are seconds by one steady clock."""

    __slots__ = ("_at_work", "_burst", "_came", "_last", "_most", "_patience", "_standing", "_waiting")

    def __init__(
        self,
        most: int = AT_WORK,
        standing: int = STANDING,
        burst: int = BURST,
        patience: float = WAITING_SECONDS,
    ) -> None:
        self._most = most
        self._patience = patience
        self._standing = standing
        self._burst = burst
        self._at_work = 0
        self._waiting: deque[tuple[float, Candidate]] = deque()
        self._came = 0
        self._last = float("-inf")

    def admit(self, candidate: Candidate, now: float) -> None:
        """Begins it, at once or in its turn, or refuses it. Begun, it has a place until ``release``."""
        if self._at_work < self._most:  # then nobody waits
            self._begin(candidate)
            return
        if not self._waiting and now - self._last > GAP_SECONDS:
            self._came = 0
        self._last = now
        self._came += 1
        self._waiting.append((now, candidate))
        if self._came > self._burst:
            while len(self._waiting) > self._standing:
                self._waiting.pop()[1].refuse()

    def release(self, now: float) -> None:
        """A place is free: for the first that waits and still wants it."""
        self._at_work -= 1
        while self._waiting and self._at_work < self._most:
            came, candidate = self._waiting.popleft()
            if now - came > self._patience:
                candidate.refuse()
            else:
                self._begin(candidate)

    def _begin(self, candidate: Candidate) -> None:
        if candidate.begin():
            self._at_work += 1
