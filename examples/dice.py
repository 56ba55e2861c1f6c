"""Chance with a seed, made of `random.random` alone: the one sequence that Python promises to keep."""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Seeded choices: the same seed gives the same clinic on every machine and Python version."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def one(self, of: Sequence[T]) -> T:
        return of[int(self._random.random() * len(of))]

    def weighted(self, of: Sequence[tuple[T, float]]) -> T:
        """One of the first halves, as often as the second halves say."""
        reach = list(accumulate(weight for _, weight in of))
        return of[bisect(reach, self._random.random() * reach[-1])][0]

    def shuffled(self, of: Sequence[T]) -> list[T]:
        keyed = sorted(((self._random.random(), index) for index in range(len(of))), key=lambda pair: pair[0])
        return [of[index] for _, index in keyed]

    def quantile(self, curve: Sequence[tuple[float, float]]) -> float:
        """Draws from a distribution given by points (share, value), straight lines between them."""
        share = self._random.random()
        right = next(index for index, (at, _) in enumerate(curve) if share < at)
        (share0, value0), (share1, value1) = curve[right - 1], curve[right]
        return value0 + (value1 - value0) * (share - share0) / (share1 - share0)
