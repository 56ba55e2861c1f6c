"""What a changed keyword of a JSON Schema does to the values that are valid, and whose promise forbids it."""

import json
from collections.abc import Iterator
from enum import Flag, auto
from typing import Any

from cli.schemas.resolving import Schema

__all__ = [
    "EVENT",
    "READER",
    "REQUEST",
    "RESPONSE",
    "Effect",
    "Finding",
    "default_change",
    "keyword_effect",
    "role_changes",
    "word_changes",
]


class Effect(Flag):
    """What a change does to the set of valid values; ``REDEFINES``: what is left out means something else."""

    NARROWS = auto()
    WIDENS = auto()
    DROPS = auto()
    ADDS = auto()
    REDEFINES = auto()


EVENT = Effect.NARROWS | Effect.WIDENS | Effect.DROPS | Effect.REDEFINES
"""History is kept for ever and read by others: neither old values nor old readers may break."""
REQUEST = Effect.NARROWS | Effect.DROPS | Effect.REDEFINES
"""What callers send today must still be accepted; unknown properties are refused."""
RESPONSE = Effect.WIDENS | Effect.DROPS
"""What callers read today must still be there."""
READER = Effect.NARROWS | Effect.ADDS
"""From an event to a reader's model of it: what is sent fits, what is read exists; it may read less."""

_LOWER_BOUNDS = frozenset({"exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum"})
_UPPER_BOUNDS = frozenset({"exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum"})

Finding = tuple[Effect, str]
"""A change, and how it is told."""


def word_changes(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    """Enumerations: growing is allowed, losing a word or becoming or ceasing to be one is not."""
    before, after = _enumerated(old), _enumerated(new)
    if before is None and after is None:
        return
    if before is None:
        yield Effect.NARROWS, f"{at or 'value'}: now only one of {after}"
    elif after is None:
        yield Effect.WIDENS, f"{at or 'value'}: no longer one of {before}"
    else:
        for word in before:
            if word not in after:
                yield Effect.NARROWS, f"{at or 'value'}: {word!r} removed"


def default_change(old: Schema, new: Schema, at: str) -> Iterator[Finding]:
    """A default that is another, or gone: old values without the property, and old requests, rely on it."""
    if "default" in old and ("default" not in new or old["default"] != new["default"]):
        before = json.dumps(old["default"])
        yield Effect.REDEFINES, f"{at or 'value'}: no longer {before} where it is left out"


def role_changes(old: Schema, new: Schema) -> Iterator[Finding]:
    """``x-roles``: more may ask, but nobody may be shut out; where there are none, anybody may ask."""
    if "x-roles" in new and "x-roles" not in old:
        yield Effect.NARROWS, f"now only for {', '.join(new['x-roles'])}"
    for role in old.get("x-roles", ()):
        if role not in new.get("x-roles", ()):
            yield Effect.NARROWS, f"role {role}: may no longer ask"


def keyword_effect(keyword: str, before: Any, after: Any) -> Effect:
    """Of a keyword that holds no further schema."""
    # By identity: a bound of 1 equals True, and is one nevertheless.
    if before is None or before is True:
        return Effect.NARROWS
    if after is None or after is True or (before, after) == ("integer", "number"):
        return Effect.WIDENS
    if keyword in _LOWER_BOUNDS:
        return Effect.NARROWS if after > before else Effect.WIDENS
    if keyword in _UPPER_BOUNDS:
        return Effect.NARROWS if after < before else Effect.WIDENS
    return Effect.NARROWS | Effect.WIDENS


def _enumerated(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")
