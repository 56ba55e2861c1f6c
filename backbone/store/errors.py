"""What can go wrong between a decision and the disk; the web edge turns these into problems."""

from typing import ClassVar

__all__ = ["Overloaded", "StoreBroken", "StoreError", "StoreUnavailable", "TooMuch", "Unstorable"]


class StoreError(Exception):
    """The store could not do what was asked."""


class StoreUnavailable(StoreError):
    """PostgreSQL can't be reached, or is too slow (HTTP 503 with Retry-After).

    ``outcome_unknown``: the connection was lost during the commit, and it could not be found out in time
    whether it was done. Repeating the request under the same idempotency key is safe, and tells.
    """

    def __init__(self, detail: str, retry_after_seconds: int = 1, outcome_unknown: bool = False) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
        self.outcome_unknown = outcome_unknown


class Overloaded(StoreUnavailable):
    """More decisions wait than the store is willing to keep in memory (HTTP 503 with Retry-After)."""


class Unstorable(StoreError):
    """This one decision can't be stored, whoever tries: a NUL in a text, a number out of range (HTTP 422)."""

    told: ClassVar[str] = "Something in it can't be stored."
    """What a caller learns: the error's own text may quote what was sent."""


class TooMuch(Unstorable):
    """It changes more at once than a commit has time for while everybody else waits for the lock."""

    told = "It takes or gives back too much at once: do it in parts."


class StoreBroken(StoreError):
    """The tables contradict what was read under the lock: nothing was changed (HTTP 500)."""
