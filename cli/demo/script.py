"""The day as a script: its calls read from their file, and which of them must wait for which."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from cli.demo.calls import Absence, Call, Delay, DelayCleared, MoveAffected, Overbook, Race

__all__ = ["parse_calls", "touches", "waits_for"]

_LABELS = ("label", "appointment", "session", "absence", "patient", "duplicate")


def parse_calls(ndjson: bytes) -> list[Any]:
    """The calls in order, each as an instance of its class in `cli.demo.calls`."""
    any_call: TypeAdapter[Any] = TypeAdapter(Call)
    return [any_call.validate_json(line) for line in ndjson.splitlines()]


def touches(call: Any) -> frozenset[str]:
    """What a call is about: labels, patients, late providers."""
    about = {value for name in _LABELS if (value := getattr(call, name, None))}
    match call:
        case Race():
            about.update(call.patients)
        case Overbook():
            about.add(call.over)
        case Delay() | DelayCleared():
            about.add(call.resource)
        case _:
            pass
    return frozenset(about)


def waits_for(day: Sequence[Any]) -> list[frozenset[int]]:
    """For each call the earlier ones that must be over: the last about each thing that it is about.

    An absence, or moving the visits it hit, touches any visit: it waits for all before it, all after for it.
    """
    last: dict[str, int] = {}
    barrier: int | None = None
    before: list[frozenset[int]] = []
    for number, call in enumerate(day):
        about = touches(call)
        needed = {last[thing] for thing in about if thing in last}
        if barrier is not None:
            needed.add(barrier)
        if isinstance(call, Absence | MoveAffected):
            needed, barrier = set(range(number)), number
        before.append(frozenset(needed))
        last.update(dict.fromkeys(about, number))
    return before
