"""The AsyncAPI 3.0 document: which topics there are, how they are kept, and what they carry."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from backbone.cloudevents.encode import source_path
from backbone.topics import Topic
from cli.schemas.command_channels import command_channels, command_messages, command_operations
from cli.schemas.compatibility import EVENT, REQUEST, Effect, Schema, breaking_changes_between
from cli.schemas.headers import CLOUD_EVENT_HEADERS, DEAD_LETTER_HEADERS, cloud_event_headers

__all__ = ["Publisher", "asyncapi", "breaking_channels"]

_ORDER = """Almanac's events, as other systems consume them: CloudEvents 1.0 in Kafka's binary mode.

One stream lives in one topic under one key, so its order is its partition's order. Topics are never
compacted. Ignore properties, headers and event types that you don't know, and expect enumerations to grow.
Identifying fields and free text are ciphertext. An installation may put a prefix before every topic name.
"""


class Publisher(Protocol):
    """What the document needs to know of a service."""

    @property
    def name(self) -> str: ...
    @property
    def topics(self) -> Sequence[Topic]: ...


def asyncapi(
    services: Iterable[Publisher],
    events: Mapping[str, Schema],
    source: str,
    version: str,
    commands: Mapping[str, Schema] | None = None,
) -> dict[str, Any]:
    """``events``: the schema of every event type that is, or ever was, in a topic.

    ``commands``: that of every command that other systems may send.
    """
    asked = commands or {}
    owners = {topic.name: service.name for service in services for topic in service.topics}
    topics = [topic for service in services for topic in service.topics]
    by_topic = {
        topic.name: [kind for kind, schema in events.items() if schema["x-kafka-topic"] == topic.name]
        for topic in topics
    }
    return {
        "asyncapi": "3.0.0",
        "id": source,
        "info": {"title": "Almanac", "version": version, "description": _ORDER},
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, by_topic[topic.name]) for topic in topics}
        | (command_channels(asked) if asked else {})
        | {"dead-letter": _dead_letters(list(by_topic))},
        "operations": {
            f"send.{topic.name}": {
                "action": "send",
                "title": f"{owners[topic.name]} tells what happened",
                "channel": {"$ref": f"#/channels/{topic.name}"},
            }
            for topic in topics
        }
        | (command_operations() if asked else {}),
        "components": {
            "messages": {kind: _message(kind, schema, source) for kind, schema in events.items()}
            | (command_messages(asked) if asked else {})
            | {"dead-letter": _DEAD_LETTER},
            "schemas": {"CloudEventHeaders": CLOUD_EVENT_HEADERS, "DeadLetterHeaders": DEAD_LETTER_HEADERS},
        },
    }


def breaking_channels(old: Schema, new: Schema) -> list[str]:
    """What a consumer of the old document's topics would miss in the new one's."""
    findings: list[str] = []
    for name, before in old["channels"].items():
        after = new["channels"].get(name)
        if after is None:
            findings.append(f"topic {name}: removed")
            continue
        findings += [
            f"topic {name}: {what} changed"
            for what in ("address", "bindings")
            if before.get(what) != after.get(what)
        ]
        for kind in before["messages"]:
            if kind in after["messages"]:
                # What systems send must still do; what they read must still come.
                findings += _breaking_headers(old, new, kind, REQUEST if name == "commands" else EVENT)
            else:
                findings.append(f"topic {name}: {kind} removed")
    return findings


def _breaking_headers(old: Schema, new: Schema, kind: str, promise: Effect) -> list[str]:
    before, after = (document["components"]["messages"][kind]["headers"] for document in (old, new))
    changes = breaking_changes_between(old, before, new, after, promise)
    return [f"headers of {kind}: {change}" for change in changes]


def _channel(topic: Topic, kinds: Iterable[str]) -> dict[str, Any]:
    return {
        "address": topic.name,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in kinds},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _message(kind: str, schema: Schema, source: str) -> dict[str, Any]:
    topic: str = schema["x-kafka-topic"]
    return {
        "name": kind,
        "title": schema["title"],
        "summary": schema["description"].split("\n\n")[0].replace("\n", " "),
        "headers": cloud_event_headers(
            ce_type=kind,
            ce_source=f"{source}/{source_path(topic)}",
            ce_dataschema=schema["$id"],
        ),
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./events/{kind}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}},
    }


def _dead_letters(topics: list[str]) -> dict[str, Any]:
    return {
        "address": "{topic}.dead-letter",
        "title": "What could not be processed",
        "parameters": {"topic": {"description": "Where the record came from.", "enum": topics}},
        "messages": {"dead-letter": {"$ref": "#/components/messages/dead-letter"}},
    }


_DEAD_LETTER: dict[str, Any] = {
    "name": "dead-letter",
    "title": "A record that could not be processed",
    "summary": "The record's own key and headers, the reason in further headers, the value as ciphertext.",
    "headers": {"allOf": [{"$ref": "#/components/schemas/DeadLetterHeaders"}]},
    "bindings": {"kafka": {"bindingVersion": "0.5.0"}},
}
