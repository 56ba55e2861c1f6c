"""The AsyncAPI document: well formed, complete, and true to what is written to Kafka."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from backbone.cloudevents.encode import HeaderEncoder
from backbone.store.committed import CommittedEvent
from backbone.topics import Topic
from cli.schemas import FOLDER
from cli.schemas.asyncapi import asyncapi, breaking_channels
from cli.schemas.events import event_schema
from cli.schemas.headers import CLOUD_EVENT_HEADERS
from cli.schemas.tree import read_documents
from tests.schemas.sample_service.events import EVENTS, ToyBorrowed

SOURCE = "https://toys.example"
LOANS = "almanac.toys.loans"

STRUCTURE = {
    "type": "object",
    "required": ["asyncapi", "info", "channels", "operations", "components"],
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {"required": ["title", "version"]},
        "channels": {
            "propertyNames": {"pattern": "^[A-Za-z0-9_.-]+$"},
            "additionalProperties": {
                "required": ["address", "messages"],
                "properties": {
                    "address": {"type": "string"},
                    "messages": {"additionalProperties": {"required": ["$ref"]}},
                    "bindings": {
                        "properties": {
                            "kafka": {
                                "properties": {
                                    "partitions": {"type": "integer", "minimum": 1},
                                    "topicConfiguration": {
                                        "properties": {
                                            "cleanup.policy": {"type": "array"},
                                            "retention.ms": {"type": "integer"},
                                        }
                                    },
                                    "bindingVersion": {"const": "0.5.0"},
                                }
                            }
                        }
                    },
                },
            },
        },
        "operations": {
            "additionalProperties": {
                "required": ["action", "channel"],
                "properties": {"action": {"enum": ["send", "receive"]}, "channel": {"required": ["$ref"]}},
            }
        },
        "components": {
            "properties": {
                "messages": {
                    "propertyNames": {"pattern": "^[A-Za-z0-9_.-]+$"},
                    "additionalProperties": {"required": ["name", "title", "summary"]},
                }
            }
        },
    },
}
"""What of AsyncAPI 3.0 we rely on; its own schema is not needed to hold us to it."""


class _Toys:
    name = "toys"
    topics = (Topic(LOANS),)


@pytest.fixture
def document() -> dict[str, Any]:
    return asyncapi(
        [_Toys()], {event.event_type(): event_schema(event, SOURCE) for event in EVENTS}, SOURCE, "1.0"
    )


def test_it_has_the_structure_of_asyncapi_3(document: dict[str, Any]) -> None:
    Draft202012Validator(STRUCTURE).validate(document)


def test_every_reference_inside_it_leads_somewhere(document: dict[str, Any]) -> None:
    references = [reference for reference in _references(document) if reference.startswith("#/")]
    assert references
    for reference in references:
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_the_committed_document_names_every_committed_event_in_its_topic() -> None:
    committed = read_documents(FOLDER)
    channels = committed["asyncapi.yaml"]["channels"]
    messages = committed["asyncapi.yaml"]["components"]["messages"]
    events = {path.removeprefix("events/"): schema for path, schema in committed.items() if "events/" in path}
    assert events
    for path, schema in events.items():
        kind = path.removesuffix(".json")
        assert kind in channels[schema["x-kafka-topic"]]["messages"]
        assert messages[kind]["payload"]["schema"] == {"$ref": f"./events/{path}"}


def test_a_channel_tells_where_how_long_and_what(document: dict[str, Any]) -> None:
    channel = document["channels"][LOANS]
    assert channel["address"] == LOANS
    assert channel["bindings"]["kafka"]["partitions"] == 12
    assert channel["bindings"]["kafka"]["topicConfiguration"] == {
        "cleanup.policy": ["delete"],
        "retention.ms": -1,
    }
    assert list(channel["messages"]) == [event.event_type() for event in EVENTS]
    assert document["operations"][f"send.{LOANS}"]["channel"] == {"$ref": f"#/channels/{LOANS}"}
    assert document["channels"]["dead-letter"]["parameters"]["topic"]["enum"] == [LOANS]


def test_the_headers_that_are_written_are_the_headers_that_are_described(document: dict[str, Any]) -> None:
    kind = ToyBorrowed.event_type()
    full = dict.fromkeys(["auth_type", "auth_id", "causation_id", "correlation_id"], "x")
    for meta in ({}, full | {"facility_id": str(uuid4()), "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}):
        now = datetime.now(UTC)
        row = CommittedEvent(7, uuid4(), 1, kind, b"{}", LOANS, 3, meta, now, now)
        headers = {name: value.decode("ascii") for name, value in HeaderEncoder(SOURCE).headers(row)}
        described = document["components"]["messages"][kind]["headers"] | {
            "components": document["components"]
        }
        Draft202012Validator(described, format_checker=FormatChecker()).validate(headers)
        assert headers.keys() <= CLOUD_EVENT_HEADERS["properties"].keys()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda new: new["channels"].pop(LOANS), f"topic {LOANS}: removed"),
        (lambda new: new["channels"][LOANS].update(address="x"), f"topic {LOANS}: address changed"),
        (
            lambda new: new["channels"][LOANS]["bindings"]["kafka"].update(partitions=24),
            f"topic {LOANS}: bindings changed",
        ),
        (
            lambda new: new["channels"][LOANS]["messages"].pop(ToyBorrowed.event_type()),
            f"topic {LOANS}: {ToyBorrowed.event_type()} removed",
        ),
    ],
)
def test_what_a_consumer_of_the_topics_would_miss_is_told(
    document: dict[str, Any], change: Any, told: str
) -> None:
    new = asyncapi(
        [_Toys()], {event.event_type(): event_schema(event, SOURCE) for event in EVENTS}, SOURCE, "2.0"
    )
    assert breaking_channels(document, new) == []
    change(new)
    assert breaking_channels(document, new) == [told]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
