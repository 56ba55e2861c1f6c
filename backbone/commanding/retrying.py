"""When a command is tried again: nothing is wrong with it, but something that it needs is away."""

from typing import Final

from aiokafka.errors import KafkaError

from backbone.privacy.errors import VaultUnavailableError
from backbone.projecting.reading import TooOld
from backbone.store.decision import Accepted, Outcome, Refused, Stale
from backbone.store.errors import StoreUnavailable
from backbone.store.unavailability import is_unavailability
from backbone.web.problems import Problem

__all__ = ["TryAgain", "is_passing", "settled"]

_PASSING_PROBLEMS: Final = frozenset(("unavailable", "overloaded", "not-yet-visible"))


class TryAgain(Exception):
    """The record must be read again: something it needs is away, or was changing too fast."""


def is_passing(error: Exception) -> bool:
    """Whether the cause will pass by itself, so that the same command may succeed later."""
    if isinstance(error, Problem):
        return error.type in _PASSING_PROBLEMS
    passing = (TryAgain, StoreUnavailable, VaultUnavailableError, TooOld, TimeoutError, KafkaError)
    return isinstance(error, passing) or is_unavailability(error)


def settled(outcome: Outcome) -> Accepted | Refused:
    """The outcome, unless it is ``Stale``: then ``TryAgain`` is raised."""
    if isinstance(outcome, Stale):
        raise TryAgain("it was changing too fast")
    return outcome
