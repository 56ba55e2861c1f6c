"""Which resource answers which need of a visit type: a small matching, exact."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.booking.setup.resource import Resource
from services.booking.values import Need

__all__ = ["answers_need", "assign"]

N = TypeVar("N")
T = TypeVar("T")


def answers_need(need: Need, resource: Resource) -> bool:
    """Whether the resource is of the kind and specialty that is needed."""
    return resource.kind == need.kind and (need.specialty is None or need.specialty in resource.specialties)


def assign(needs: Sequence[N], candidates: Sequence[T], answers: Callable[[N, T], bool]) -> list[T] | None:
    """A different candidate for each need, earlier ones preferred; None where there is no such choice.

    Augmenting paths (Kuhn): visits have at most 12 needs.
    """
    chosen: dict[int, int] = {}

    def place(need: int, tried: set[int]) -> bool:
        for index, candidate in enumerate(candidates):
            if index in tried or not answers(needs[need], candidate):
                continue
            tried.add(index)
            if index not in chosen or place(chosen[index], tried):
                chosen[index] = need
                return True
        return False

    for number in range(len(needs)):
        if not place(number, set()):
            return None
    by_need = {need: index for index, need in chosen.items()}
    return [candidates[by_need[number]] for number in range(len(needs))]
