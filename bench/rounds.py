"""Contenders measured alternately in one run: the machine changes within minutes, their ratio hardly does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.measuring import Load

__all__ = ["Ratio", "Series", "alternate"]


@dataclass(frozen=True, slots=True)
class Series:
    """One contender's loads, one a round."""

    name: str
    loads: tuple[Load, ...]

    def values(self, of: str) -> list[float]:
        """A figure of each round: ``rate``, ``p50``, ``p99``."""
        return [float(getattr(load, of)) for load in self.loads]

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "callers": self.loads[0].callers,
            "rate": median(self.values("rate")),
            "p50": median(self.values("p50")),
            "p99": median(self.values("p99")),
            "rounds": [load.as_dict() for load in self.loads],
        }


@dataclass(frozen=True, slots=True)
class Ratio:
    """One contender's figure over another's, round by round."""

    name: str
    rounds: tuple[float, ...]

    @classmethod
    def of(cls, name: str, over: Sequence[float], under: Sequence[float]) -> "Ratio":
        """Of figures of the same rounds, in their order."""
        return cls(name, tuple(round(a / b, 3) for a, b in zip(over, under, strict=True)))

    @property
    def median(self) -> float:
        return median(self.rounds)

    @property
    def lowest(self) -> float:
        return min(self.rounds)

    @property
    def highest(self) -> float:
        return max(self.rounds)

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "median": round(self.median, 3),
            "lowest": self.lowest,
            "highest": self.highest,
            "rounds": list(self.rounds),
        }


async def alternate(
    contenders: Mapping[str, Callable[[], Awaitable[Load]]], rounds: int, step: Callable[[str], None]
) -> list[Series]:
    """Each contender once a round. Every round begins with another one, so that none always follows the same
    predecessor, whose checkpoint or vacuum it would pay for."""
    names = list(contenders)
    loads: dict[str, list[Load]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            step(f"round {number + 1} of {rounds}: {name}")
            loads[name].append(await contenders[name]())
    return [Series(name, tuple(each)) for name, each in loads.items()]
