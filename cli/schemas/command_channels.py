"""Commands in the AsyncAPI document: each system's two topics, and what stands in their records."""

from collections.abc import Mapping
from typing import Any

from backbone.commanding.naming import ACCEPTED, REFUSED, topics_of_system
from cli.schemas.compatibility import Schema

__all__ = ["command_channels", "command_messages", "command_operations"]

_SYSTEM = {"system": {"description": "The system's name, as it is registered."}}


def _texts(required: Mapping[str, str], optional: Mapping[str, str]) -> dict[str, Any]:
    every = {**required, **optional}
    described = {name: {"type": "string", "description": text} for name, text in every.items()}
    return {"type": "object", "properties": described, "required": list(required)}


_COMMAND = {
    "ce_specversion": "1.0",
    "ce_id": "With ce_source: applied once, however often delivered. At most 255 characters, as all are.",
    "ce_source": "Who made it, within the system.",
    "ce_type": "What is asked.",
}
_COMMAND_IF_ANY = {
    "ce_subject": "The appointment, patient or resource. Commands of one key are carried out in order.",
    "ce_expectedversion": "The version that was read: refused where it is another by now.",
    "ce_expirytime": "Refused when it could be done only after this time (RFC 3339).",
    "ce_correlationid": "Given back with the answer and in the events.",
    "ce_authtype": "What kind of user the system names.",
    "ce_authid": "The end user whom the system names: on record as asserted, under a pseudonym.",
    "content-type": "application/json",
    "traceparent": "W3C trace context.",
}
_RESULT = {
    "ce_specversion": "1.0",
    "ce_id": "The same whenever the same command is answered again.",
    "ce_source": "This installation, the service that answers, and the topic.",
    "ce_type": "Accepted or refused.",
    "ce_time": "When it was decided; the same whenever it is answered again.",
    "ce_recordedtime": "When that was committed.",
    "ce_sequence": "1, 2, 3 ... per source, without gaps; not the order of arrival. 20 digits.",
    "ce_position": "The service's last event that was committed before it or with it. 20 digits.",
    "ce_subject": "The command's subject, else its id; also the record's key.",
    "ce_partitionkey": "The record's key.",
    "ce_causationid": "The command's id.",
    "ce_correlationid": "The command's; where it had none, its id.",
    "ce_traceparent": "W3C trace context of the command.",
    "content-type": "application/json",
    "traceparent": "W3C trace context of this hop.",
}
_PAYLOADS = {
    ACCEPTED: ("Accepted", "Done; the body is that of the HTTP answer, with version and position."),
    REFUSED: ("Refused", "Nothing was changed; the body is the problem (RFC 9457) that HTTP would answer."),
}


def command_channels(commands: Mapping[str, Schema]) -> dict[str, Any]:
    """The ``channels`` of the AsyncAPI document, by name."""
    sent, answers, letters = topics_of_system("{system}")
    messages = {
        "commands": list(commands),
        "command-results": list(_PAYLOADS),
        "command-dead-letters": ["dead-letter"],
    }
    return {
        name: {
            "address": topic.name,
            "parameters": _SYSTEM,
            "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in messages[name]},
            "bindings": {
                "kafka": {
                    "partitions": topic.partitions,
                    "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms},
                    "bindingVersion": "0.5.0",
                }
            },
        }
        for name, topic in zip(messages, (sent, answers, letters), strict=True)
    }


def command_operations() -> dict[str, Any]:
    """The ``operations`` of the AsyncAPI document, by name."""
    return {
        "receive.commands": {
            "action": "receive",
            "title": "a registered system asks",
            "channel": {"$ref": "#/channels/commands"},
            "reply": {"channel": {"$ref": "#/channels/command-results"}},
        }
    }


def command_messages(commands: Mapping[str, Schema]) -> dict[str, Any]:
    """The ``messages`` of the AsyncAPI document, by their type."""
    headers = _texts(_COMMAND, _COMMAND_IF_ANY)
    asked = {
        kind: _message(
            kind, schema["title"], f"Asks for {schema['title']}.", headers, f"./commands/{kind}.json"
        )
        for kind, schema in commands.items()
    }
    answered = {
        kind: _message(kind, title, summary, _texts(_RESULT, {}), None)
        for kind, (title, summary) in _PAYLOADS.items()
    }
    return asked | answered


def _message(
    kind: str, title: str, summary: str, headers: dict[str, Any], payload: str | None
) -> dict[str, Any]:
    schema = {"type": "object"} if payload is None else {"$ref": payload}
    return {
        "name": kind,
        "title": title,
        "summary": summary,
        "headers": {"allOf": [headers, {"properties": {"ce_type": {"const": kind}}}]},
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": schema},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }
