"""Does a changed JSON Schema still keep what its released form promised?

A change can *narrow* a schema (a value that was valid no longer is: stored events and old requests break),
*widen* it (a value that was never seen can now come: deployed readers break), *drop* a property, *add* an
optional one, or *redefine* what it means to leave one out. Who promised what decides which of these matter.
Growing is always allowed: readers ignore new properties, and published enumerations are open. Descriptions,
titles and examples promise nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from cli.schemas.effects import (
    EVENT,
    READER,
    REQUEST,
    RESPONSE,
    Effect,
    Finding,
    default_change,
    keyword_effect,
    role_changes,
    word_changes,
)
from cli.schemas.resolving import Schema, resolved

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

_ANNOTATIONS = frozenset(
    {"$comment", "$defs", "$id", "$ref", "$schema", "default", "deprecated", "description"}
    | {"discriminator", "examples", "title"}
)
_NESTED = frozenset({"additionalProperties", "contains", "items", "not", "propertyNames"})
_SILENT: Schema = {"additionalProperties": True}
"""What a keyword means where it is left out."""
_UNION = ("anyOf", "oneOf")
_HANDLED = _ANNOTATIONS | {"allOf", "const", "enum", "properties", "required", "x-roles", *_UNION}


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

    def schemas(self, old: Schema, new: Schema, at: str) -> Iterator[Finding]:
        references = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if any(references):
            if references in self._entered:
                return
            self._entered.add(references)
        old, new = resolved(self._old_document, old), resolved(self._new_document, new)
        yield from default_change(old, new, at)
        yield from role_changes(old, new)
        nothing: Schema = {}
        for before, after in zip_longest(old.get("allOf", ()), new.get("allOf", ()), fillvalue=nothing):
            yield from self.schemas(before, after, at)
        unions = [any(key in schema for key in _UNION) for schema in (old, new)]
        if any(unions):
            yield from self._alternatives(_alternatives(old), _alternatives(new), at)
        if unions[0] == unions[1]:
            # Beside the alternatives of both: what holds for each of them.
            yield from word_changes(old, new, at)
            yield from self._properties(old, new, at)
            yield from self._keywords(old, new, at)
        self._entered.discard(references)

    def _properties(self, old: Schema, new: Schema, at: str) -> Iterator[Finding]:
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
        for name in sorted(required_after - required_before):
            yield Effect.NARROWS, f"{at}.{name}".lstrip(".") + ": newly required"
        for name in after:
            if name not in before:
                yield Effect.ADDS, f"{at}.{name}".lstrip(".") + ": not there before"

    def _alternatives(self, old: Sequence[Schema], new: Sequence[Schema], at: str) -> Iterator[Finding]:
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

    def _keywords(self, old: Schema, new: Schema, at: str) -> Iterator[Finding]:
        for keyword in sorted((old.keys() | new.keys()) - _HANDLED):
            before, after = old.get(keyword, _SILENT.get(keyword)), new.get(keyword, _SILENT.get(keyword))
            if keyword in _NESTED and isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.schemas(before, after, f"{at}[]" if keyword == "items" else f"{at}.{keyword}")
            elif before != after:
                yield (
                    keyword_effect(keyword, before, after),
                    f"{at or 'value'}: {keyword} {before} became {after}",
                )


def _alternatives(schema: Schema) -> Sequence[Schema]:
    alternatives: Sequence[Schema] = next((schema[key] for key in _UNION if key in schema), (schema,))
    return alternatives


def _labelled(document: Schema, alternatives: Sequence[Schema]) -> dict[str, Schema]:
    """Names each alternative by its type; those that share one by their title (variants of an object) or
    format, too, and by their place where they share that as well."""
    known = [resolved(document, schema) for schema in alternatives]
    types = [str(schema.get("type", "anything")) for schema in known]
    labelled: dict[str, Schema] = {}
    for kind, schema, alternative in zip(types, known, alternatives, strict=True):
        name = str(schema.get("title") or schema.get("format") or "")
        label = kind if types.count(kind) == 1 else f"{kind} {name}".rstrip()
        place = sum(other == label or other.startswith(f"{label} #") for other in labelled)
        labelled[f"{label} #{place + 1}" if place else label] = alternative
    return labelled
