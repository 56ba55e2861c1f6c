"""The outcome of one check."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Verdict", "verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``claim`` held if there are no ``problems``; ``basis`` says on how much it rests."""

    claim: str
    basis: str
    problems: tuple[str, ...]

    @property
    def held(self) -> bool:
        return not self.problems


def verdict(claim: str, basis: str, problems: Iterable[str], *, rests_on: int) -> Verdict:
    """A check that looked at nothing (``rests_on`` 0) proved nothing, so it has not held."""
    found = tuple(problems) if rests_on else ("there was nothing to check",)
    return Verdict(claim, basis, found)
