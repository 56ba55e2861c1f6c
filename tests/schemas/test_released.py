"""Everything that is published today is promised, and the gate holds each promise: type by type."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import pytest

from cli.schemas import FOLDER
from cli.schemas.tree import broken_promises, judge, read_documents

PUBLISHED = read_documents(FOLDER)
RELEASED = read_documents(FOLDER / "released")
EVENTS = sorted(path for path in RELEASED if path.startswith("events/"))
COMMANDS = sorted(path for path in RELEASED if path.startswith("commands/"))
ROUTES = [
    (path, method)
    for path, operations in RELEASED["openapi.json"]["paths"].items()
    for method in operations
    if method in {"get", "put", "post", "delete", "patch"}
]


def refusals(path: str, change: Callable[[dict[str, Any]], object]) -> list[str]:
    """What the gate says of a changed document."""
    changed = deepcopy(PUBLISHED[path])
    change(changed)
    return judge(path)(RELEASED[path], changed)


def test_what_is_published_is_promised_and_kept() -> None:
    """Whoever adds a document promises it as well: ``almanac schemas release``."""
    assert sorted(PUBLISHED.keys() - RELEASED.keys()) == []
    assert broken_promises(PUBLISHED, FOLDER) == []


@pytest.mark.parametrize("path", [*EVENTS, *COMMANDS])
def test_no_property_of_an_event_or_command_may_go_or_become_another(path: str) -> None:
    for name in _properties(RELEASED[path]):
        assert refusals(path, partial(_removed, name=name)), f"{name} removed"
        assert refusals(path, partial(_retyped, name=name)), f"{name} retyped"


@pytest.mark.parametrize("path", EVENTS)
def test_an_event_can_require_nothing_new_and_stays_in_its_topic(path: str) -> None:
    assert refusals(path, _require)
    assert refusals(path, lambda new: new["required"].pop())
    assert refusals(path, lambda new: new.update({"x-kafka-topic": "almanac.booking.elsewhere"}))


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_can_require_nothing_new_and_shuts_nobody_out(path: str) -> None:
    assert refusals(path, lambda new: _require(new.get("anyOf", [new])[0]))
    assert refusals(path, lambda new: new["x-roles"].pop())
    assert not refusals(path, lambda new: new["x-roles"].append("auditor"))


@pytest.mark.parametrize("kind", ["Accepted", "Refused"])
def test_an_answer_on_kafka_keeps_its_type_and_its_headers(kind: str) -> None:
    answer = f"almanac.command-results.{kind}.v1"

    def forget_the_cause(new: dict[str, Any]) -> None:
        del new["components"]["messages"][answer]["headers"]["allOf"][0]["properties"]["ce_causationid"]

    assert refusals("asyncapi.yaml", forget_the_cause) == [
        f"headers of {answer}: ce_causationid: removed",
    ]
    assert refusals("asyncapi.yaml", lambda new: new["channels"]["command-results"]["messages"].pop(answer))


def test_every_record_keeps_the_headers_by_which_gaps_are_found() -> None:
    def forget(new: dict[str, Any]) -> None:
        del new["components"]["schemas"]["CloudEventHeaders"]["properties"]["ce_sequence"]

    told = refusals("asyncapi.yaml", forget)
    assert len(told) == len(EVENTS)
    assert f"headers of {EVENTS[0][7:-5]}: ce_sequence: removed" in told


@pytest.mark.parametrize(("path", "method"), ROUTES, ids=lambda part: part)
def test_an_answer_over_http_keeps_its_fields(path: str, method: str) -> None:
    """The body of ``Accepted`` is the answer of the command's twin, that of ``Refused`` its problem."""
    for status, schema in _answers(RELEASED["openapi.json"], path, method):
        for name in schema.get("properties", {}):
            schemas = deepcopy(RELEASED["openapi.json"]["components"]["schemas"])
            new = RELEASED["openapi.json"] | {"components": {"schemas": schemas}}
            changed = dict(_answers(new, path, method))[status]
            assert changed is not schema, "only schemas that have a name are changed here"
            del changed["properties"][name]
            told = judge("openapi.json")(_alone(RELEASED["openapi.json"], path), _alone(new, path))
            assert [change for change in told if f"{method.upper()} {path} answer {status}" in change], name


@pytest.mark.parametrize("path", RELEASED)
def test_words_for_people_promise_nothing(path: str) -> None:
    new = deepcopy(RELEASED[path])
    _reword(new)
    assert new != RELEASED[path]
    assert judge(path)(RELEASED[path], new) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [("events/almanac.booking.ResourceAdded.v1.json", "capacity"),
     ("commands/almanac.commands.BookAppointment.v1.json", "priority")],
)  # fmt: skip
def test_what_is_left_out_goes_on_meaning_the_same(path: str, name: str) -> None:
    assert refusals(path, lambda new: _defaulted(new, name, 7))


def _properties(schema: dict[str, Any]) -> set[str]:
    return {name for body in schema.get("anyOf", [schema]) for name in body["properties"]}


def _removed(schema: dict[str, Any], name: str) -> None:
    for body in schema.get("anyOf", [schema]):
        body["properties"].pop(name, None)


def _retyped(schema: dict[str, Any], name: str) -> None:
    for body in schema.get("anyOf", [schema]):
        if name in body["properties"]:
            body["properties"][name] = {"type": "boolean"}


def _require(body: dict[str, Any]) -> None:
    body["properties"]["by_whom"] = {"type": "string"}
    body["required"] = [*body.get("required", ()), "by_whom"]


def _defaulted(schema: dict[str, Any], name: str, default: Any) -> None:
    for body in schema.get("anyOf", [schema]):
        if name in body["properties"]:
            body["properties"][name]["default"] = default


def _answers(document: dict[str, Any], path: str, method: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema of each answer, by status."""
    for status, answer in document["paths"][path][method]["responses"].items():
        for content in answer.get("content", {}).values():
            schema = content.get("schema", {})
            while "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            yield status, schema


def _alone(document: dict[str, Any], path: str) -> dict[str, Any]:
    return document | {"paths": {path: document["paths"][path]}}


def _reword(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("description"), str):
            node["description"] = "Better said."
        for value in node.values():
            _reword(value)
    elif isinstance(node, list):
        for value in node:
            _reword(value)
