"""The OpenAPI document that the composed application gives: complete enough to write a client from."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.schemas import FOLDER
from cli.schemas.tree import read_documents

DOCUMENT: dict[str, Any] = read_documents(FOLDER).get("openapi.json", {"paths": {}})
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def test_it_is_openapi_3_1_and_knows_routes_of_every_service() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert {"/v1/appointments", "/v1/delays", "/v1/calendars/{resource_id}"} <= DOCUMENT["paths"].keys()


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    for reference in _references(DOCUMENT):
        target: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_operation_says_what_it_does_who_may_and_how_it_refuses(operation: dict[str, Any]) -> None:
    assert operation.get("summary")
    assert bool(operation.get("x-roles")) == (operation.get("security") == [{"bearer": []}])
    assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_all_but_the_key_for_commands_asks_for_a_token() -> None:
    assert [name for name, operation in OPERATIONS.items() if not operation.get("security")] == [
        "GET /v1/keys"
    ]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_operation_says_what_it_answers(operation: dict[str, Any]) -> None:
    (good,) = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
    schema = good["content"]["application/json"]["schema"]
    assert schema.get("$ref", "").startswith("#/components/schemas/")


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
