"""What may change in a released schema, and what may not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.schemas.compatibility import EVENT, REQUEST, RESPONSE, Effect, breaking_changes


def _object(required: str = "", /, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split()}


TEXT: dict[str, Any] = {"type": "string"}
WORDS: dict[str, Any] = {"type": "string", "enum": ["clinic", "patient"]}
MAYBE_TEXT: dict[str, Any] = {"anyOf": [TEXT, {"type": "null"}]}
SEAT: dict[str, Any] = _object("lane", lane={"type": "integer"})
SEALED: dict[str, Any] = _object("cipher", cipher=TEXT) | {"title": "Sealed"}
CLEAR: dict[str, Any] = _object("text", text=TEXT) | {"title": "Clear"}

ALLOWED = {
    "nothing": (_object("by", by=TEXT), _object("by", by=TEXT)),
    "other words about it": (TEXT, TEXT | {"title": "Reason", "description": "Why.", "examples": ["x"]}),
    "a new optional property": (_object(), _object(note=TEXT)),
    "a new word in an enumeration": (WORDS, WORDS | {"enum": ["clinic", "patient", "other"]}),
    "an only word joined by a second": (
        {"type": "string", "const": "a"},
        {"type": "string", "enum": ["a", "b"]},
    ),
    "a definition renamed": (
        {"$ref": "#/$defs/Old", "$defs": {"Old": SEAT}},
        {"$ref": "#/$defs/New", "$defs": {"New": SEAT}},
    ),
    "an optional definition renamed": (
        {"anyOf": [{"$ref": "#/$defs/Old"}, {"type": "null"}], "$defs": {"Old": SEAT | {"title": "Old"}}},
        {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/New"}], "$defs": {"New": SEAT | {"title": "New"}}},
    ),
}


@pytest.mark.parametrize(("old", "new"), ALLOWED.values(), ids=ALLOWED.keys())
def test_growth_breaks_nobody(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert breaking_changes(old, new) == []


DAY: dict[str, Any] = TEXT | {"format": "date"}
MOMENT: dict[str, Any] = TEXT | {"format": "date-time"}

REFUSED = {
    "one of two kinds of text made another": (
        {"anyOf": [DAY, MOMENT]},
        {"anyOf": [TEXT | {"format": "time"}, MOMENT]},
        "value: may no longer be string date",
    ),
    "one of two that nothing tells apart": (
        {"anyOf": [TEXT | {"maxLength": 9}, TEXT]},
        {"anyOf": [TEXT | {"maxLength": 3}, TEXT]},
        "value: maxLength 9 became 3",
    ),
    "what holds beside alternatives": (
        {"anyOf": [SEALED, CLEAR]},
        {"anyOf": [SEALED, CLEAR], "required": ["by"], "properties": {"by": TEXT}},
        "by: newly required",
    ),
    "a word required that is said nothing of": (_object(), _object("by"), "by: newly required"),
    "a property removed": (_object(by=TEXT), _object(), "by: removed"),
    "a property renamed": (_object(by=TEXT), _object(from_=TEXT), "by: removed"),
    "a property that old events lack": (_object(), _object("by", by=TEXT), "by: newly required"),
    "an optional property now required": (_object(by=TEXT), _object("by", by=TEXT), "by: newly required"),
    "what readers rely on": (_object("by", by=TEXT), _object(by=TEXT), "by: no longer always present"),
    "another type": (_object(n=TEXT), _object(n={"type": "integer"}), "n: type string became integer"),
    "another format": ({"format": "uuid"}, {"format": "date"}, "value: format uuid became date"),
    "a value now absent": (_object(n=TEXT), _object(n=MAYBE_TEXT), "n: may now be null"),
    "a value no longer absent": (_object(n=MAYBE_TEXT), _object(n=TEXT), "n: may no longer be null"),
    "a word removed": (WORDS, WORDS | {"enum": ["clinic"]}, "value: 'patient' removed"),
    "free text made an enumeration": (TEXT, WORDS, "value: now only one of ['clinic', 'patient']"),
    "an enumeration made free text": (WORDS, TEXT, "value: no longer one of ['clinic', 'patient']"),
    "a tighter bound": (TEXT | {"maxLength": 9}, TEXT | {"maxLength": 5}, "value: maxLength 9 became 5"),
    "a looser bound": (TEXT | {"maxLength": 5}, TEXT | {"maxLength": 9}, "value: maxLength 5 became 9"),
    "another topic": ({"x-kafka-topic": "a"}, {"x-kafka-topic": "b"}, "value: x-kafka-topic a became b"),
    "a change inside a list": (
        {"type": "array", "items": SEAT},
        {"type": "array", "items": _object("lane", lane=TEXT)},
        "[].lane: type integer became string",
    ),
    "a change inside a definition": (
        _object(seat={"$ref": "#/$defs/Seat"}) | {"$defs": {"Seat": SEAT}},
        _object(seat={"$ref": "#/$defs/Seat"}) | {"$defs": {"Seat": _object("lane")}},
        "seat.lane: removed",
    ),
    "another variant of an object": (
        {"oneOf": [SEALED, CLEAR]},
        {"oneOf": [SEALED, CLEAR, CLEAR | {"title": "Hidden"}]},
        "value: may now be object Hidden",
    ),
}


@pytest.mark.parametrize(("old", "new", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_what_breaks_an_old_event_or_an_old_reader_is_told(
    old: dict[str, Any], new: dict[str, Any], told: str
) -> None:
    assert told in breaking_changes(old, new)


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        pytest.param(_object(), _object("by", by=TEXT), REQUEST, id="newly required"),
        pytest.param(_object("by", by=TEXT), _object(by=TEXT), RESPONSE, id="no longer always present"),
        pytest.param(_object(by=TEXT), _object(), EVENT, id="removed"),
        pytest.param(TEXT, MAYBE_TEXT, RESPONSE, id="may now be null"),
        pytest.param(MAYBE_TEXT, TEXT, REQUEST, id="may no longer be null"),
        pytest.param({"maximum": 5}, {"maximum": 9}, RESPONSE, id="looser bound"),
        pytest.param({"minimum": 5}, {}, RESPONSE, id="no bound any more"),
        pytest.param({"minimum": 5}, {"minimum": 6}, REQUEST, id="tighter bound"),
        pytest.param({"maxItems": 10}, {"maxItems": 1}, REQUEST, id="one where there were many"),
        pytest.param({"maxItems": 1}, {"maxItems": 5}, RESPONSE, id="many where there was one"),
        pytest.param({"minLength": 0}, {"minLength": 1}, REQUEST, id="no longer empty"),
        pytest.param({"minimum": 1}, {"minimum": 0}, RESPONSE, id="nought where there was one"),
        pytest.param({}, {"x-roles": ["ops"]}, REQUEST, id="no longer for anybody"),
        pytest.param({}, {"additionalProperties": False}, REQUEST, id="unknown properties refused"),
        pytest.param({"type": "integer"}, {"type": "number"}, RESPONSE, id="whole numbers no longer whole"),
    ],
)
def test_narrowing_breaks_requests_and_widening_breaks_responses(
    old: dict[str, Any], new: dict[str, Any], broken: Effect
) -> None:
    for promise in (REQUEST, RESPONSE):
        assert bool(breaking_changes(old, new, promise)) == (promise & broken == promise)
    assert breaking_changes(old, new, EVENT)


def test_a_schema_that_contains_itself_is_walked_once() -> None:
    tree = {"$ref": "#/$defs/Tree", "$defs": {"Tree": _object(child={"$ref": "#/$defs/Tree"}, name=TEXT)}}
    changed = {"$ref": "#/$defs/Tree", "$defs": {"Tree": _object(child={"$ref": "#/$defs/Tree"})}}
    assert breaking_changes(tree, tree) == []
    assert breaking_changes(tree, changed) == ["name: removed"]


_leaves = st.sampled_from([TEXT, WORDS, WORDS | {"enum": ["clinic"]}, MAYBE_TEXT, {"type": "integer"}, SEAT])


@st.composite
def _schemas(draw: st.DrawFn) -> dict[str, Any]:
    properties = draw(st.dictionaries(st.sampled_from("abc"), _leaves, max_size=3))
    required = draw(st.sets(st.sampled_from(sorted(properties)))) if properties else set()
    return _object(" ".join(sorted(required)), **properties)


@given(_schemas(), _schemas(), _schemas())
def test_holding_to_the_last_release_holds_to_all_before_it(
    first: dict[str, Any], second: dict[str, Any], third: dict[str, Any]
) -> None:
    """Compatibility is transitive: therefore one released form per type is enough to keep."""
    assert breaking_changes(first, first) == []
    if not breaking_changes(first, second) and not breaking_changes(second, third):
        assert breaking_changes(first, third) == []
