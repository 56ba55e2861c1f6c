"""Does a changed JSON Schema still keep what its released form promised?

A change can *narrow* a schema (a value that was valid no longer is: stored events and old requests break),
*widen* it (a value that was never seen can now come: deployed readers break), *drop* a property or *add* an
optional one. Who promised what decides which of these matters. Growing is always allowed: readers ignore new
properties, and published enumerations are open.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Flag, auto
from typing import Any

__all__ = [
    "EVENT",
    "READER",
    "REQUEST",
    "RESPONSE",
    "Effect",
    "Schema",
    "breaking_changes",
    "breaking_changes_between",
]

Schema = Mapping[str, Any]


class Effect(Flag):
    """What a change does to the set of valid values."""

    NARROWS = auto()
    WIDENS = auto()
    DROPS = auto()
    ADDS = auto()


EVENT = Effect.NARROWS | Effect.WIDENS | Effect.DROPS
"""History is kept for ever and read by others: neither old values nor old readers may break."""
REQUEST = Effect.NARROWS | Effect.DROPS
"""What callers send today must still be accepted; unknown properties are refused."""
RESPONSE = Effect.WIDENS | Effect.DROPS
"""What callers read today must still be there."""
READER = Effect.NARROWS | Effect.ADDS
"""From an event to a reader's model of it: what is sent fits, what is read exists; it may read less."""

_ANNOTATIONS = frozenset(
    {"$comment", "$defs", "$id", "$ref", "$schema", "default", "deprecated", "description"}
    | {"discriminator", "examples", "title"}
)
_LOWER_BOUNDS = frozenset({"exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum"})
_UPPER_BOUNDS = frozenset({"exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum"})
_NESTED = frozenset({"additionalProperties", "contains", "items", "not", "propertyNames"})
_SILENT: Schema = {"additionalProperties": True}
"""What a keyword means where it is left out."""
_UNION = ("anyOf", "oneOf")
_HANDLED = _ANNOTATIONS | {"const", "enum", "properties", "required", *_UNION}

_Finding = tuple[Effect, str]


def breaking_changes(old: Schema, new: Schema, promise: Effect = EVENT) -> list[str]:
    """One sentence per change from ``old`` to ``new`` that breaks the promise; none: compatible.

    Both are whole documents: their local references are resolved within them.
    """
    return breaking_changes_between(old, old, new, new, promise)


def breaking_changes_between(
    old_document: Schema, old: Schema, new_document: Schema, new: Schema, promise: Effect
) -> list[str]:
    """As ``breaking_changes``, for two schemas that are parts of larger documents (an OpenAPI document)."""
    findings = _Comparison(old_document, new_document).schemas(old, new, "")
    return [text for effect, text in findings if effect & promise]


class _Comparison:
    """Walks two schemas side by side; yields every change with its effect."""

    def __init__(self, old_document: Schema, new_document: Schema) -> None:
        self._old_document = old_document
        self._new_document = new_document
        self._entered: set[tuple[str, str]] = set()

    def schemas(self, old: Schema, new: Schema, at: str) -> Iterator[_Finding]:
        references = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if any(references):
            if references in self._entered:
                return
            self._entered.add(references)
        old, new = _resolved(self._old_document, old), _resolved(self._new_document, new)
        if any(key in schema for schema in (old, new) for key in _UNION):
            yield from self._alternatives(_alternatives(old), _alternatives(new), at)
        else:
            yield from _words(old, new, at)
            yield from self._properties(old, new, at)
            yield from self._keywords(old, new, at)
        self._entered.discard(references)

    def _properties(self, old: Schema, new: Schema, at: str) -> Iterator[_Finding]:
        before: Schema = old.get("properties", {})
        after: Schema = new.get("properties", {})
        required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in before:
            where = f"{at}.{name}".lstrip(".")
            if name not in after:
                yield Effect.DROPS, f"{where}: removed"
                continue
            if name in required_before - required_after:
                yield Effect.WIDENS, f"{where}: no longer always present"
            yield from self.schemas(before[name], after[name], where)
        for name in after:
            where = f"{at}.{name}".lstrip(".")
            if name in required_after - required_before:
                yield Effect.NARROWS, f"{where}: newly required"
            if name not in before:
                yield Effect.ADDS, f"{where}: not there before"

    def _alternatives(self, old: Sequence[Schema], new: Sequence[Schema], at: str) -> Iterator[_Finding]:
        before = _labelled(self._old_document, old)
        after = _labelled(self._new_document, new)
        for label, schema in before.items():
            if label in after:
                yield from self.schemas(schema, after[label], at)
            else:
                yield Effect.NARROWS, f"{at or 'value'}: may no longer be {label}"
        for label in after:
            if label not in before:
                yield Effect.WIDENS, f"{at or 'value'}: may now be {label}"

    def _keywords(self, old: Schema, new: Schema, at: str) -> Iterator[_Finding]:
        for keyword in sorted((old.keys() | new.keys()) - _HANDLED):
            before, after = old.get(keyword, _SILENT.get(keyword)), new.get(keyword, _SILENT.get(keyword))
            if keyword in _NESTED and isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.schemas(before, after, f"{at}[]" if keyword == "items" else f"{at}.{keyword}")
            elif before != after:
                yield _effect(keyword, before, after), f"{at or 'value'}: {keyword} {before} became {after}"


def _words(old: Schema, new: Schema, at: str) -> Iterator[_Finding]:
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


def _effect(keyword: str, before: Any, after: Any) -> Effect:
    if before in (None, True):
        return Effect.NARROWS
    if after in (None, True) or (before, after) == ("integer", "number"):
        return Effect.WIDENS
    if keyword in _LOWER_BOUNDS:
        return Effect.NARROWS if after > before else Effect.WIDENS
    if keyword in _UPPER_BOUNDS:
        return Effect.NARROWS if after < before else Effect.WIDENS
    return Effect.NARROWS | Effect.WIDENS


def _enumerated(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _alternatives(schema: Schema) -> Sequence[Schema]:
    alternatives: Sequence[Schema] = next((schema[key] for key in _UNION if key in schema), (schema,))
    return alternatives


def _labelled(document: Schema, alternatives: Sequence[Schema]) -> dict[str, Schema]:
    """Names each alternative by its type; those that share one (variants of an object) by their title too."""
    types = [str(_resolved(document, schema).get("type", "anything")) for schema in alternatives]
    titles = [str(_resolved(document, schema).get("title", "")) for schema in alternatives]
    return {
        kind if types.count(kind) == 1 else f"{kind} {title}": schema
        for kind, title, schema in zip(types, titles, alternatives, strict=True)
    }


def _resolved(document: Schema, schema: Schema) -> Schema:
    """Follows local references; keywords beside one hold as well."""
    seen: set[str] = set()
    while "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        target: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema
