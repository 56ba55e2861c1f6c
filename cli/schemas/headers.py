"""The CloudEvents headers of every record, and those that a dead letter adds, as JSON Schema."""

from typing import Any

__all__ = ["CLOUD_EVENT_HEADERS", "DEAD_LETTER_HEADERS", "cloud_event_headers"]


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _counter(description: str) -> dict[str, Any]:
    return _text(description, pattern="^[0-9]{20}$")


_ALWAYS = {
    "ce_specversion": _text("CloudEvents version.", const="1.0"),
    "ce_id": _text("Unique and stable: a record delivered twice has the same."),
    "ce_source": _text("This installation, the service and the topic.", format="uri-reference"),
    "ce_type": _text("What happened, with the version of its schema."),
    "ce_time": _text("When it happened.", format="date-time"),
    "ce_recordedtime": _text("When the store committed it.", format="date-time"),
    "ce_subject": _text("The stream: whom or what it happened to.", format="uuid"),
    "ce_dataschema": _text("The JSON Schema of the value.", format="uri"),
    "ce_partitionkey": _text("The record's key.", format="uuid"),
    "ce_sequence": _counter("Per source, gapless: who reads all partitions finds gaps by it."),
    "ce_position": _counter("Per service, rising: the order across streams."),
    "ce_streamversion": _counter("Per stream, gapless: who reads some partitions finds gaps by it."),
    "content-type": _text("Of the value.", const="application/json"),
}
_SOMETIMES = {
    "ce_authtype": _text("What kind of actor caused it."),
    "ce_authid": _text("The actor, pseudonymous."),
    "ce_assertedid": _text("The end user whom a system named, pseudonymous; nobody else vouches for it."),
    "ce_facilityid": _text("The facility it belongs to.", format="uuid"),
    "ce_causationid": _text("The event or command that caused it."),
    "ce_correlationid": _text("Shared by all that one request led to."),
    "ce_traceparent": _text("W3C trace context of the origin."),
    "traceparent": _text("W3C trace context of this hop."),
}
CLOUD_EVENT_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka protocol binding, binary mode. Every value is an ASCII string.",
    "properties": _ALWAYS | _SOMETIMES,
    "required": list(_ALWAYS),
}
_REASON = {
    "dead-letter-consumer": _text("Who could not process it."),
    "dead-letter-cause": _text(
        "It could not be processed itself, or comes behind one of its key that could not.",
        enum=["poison", "behind"],
    ),
    "dead-letter-error": _text("The kind of error; never the record's content."),
    "dead-letter-topic": _text("Where it came from."),
    "dead-letter-partition": _text("Its partition there.", pattern="^[0-9]+$"),
    "dead-letter-offset": _text("Its offset there.", pattern="^[0-9]+$"),
}
DEAD_LETTER_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "Beside the record's own headers, whatever they are.",
    "properties": _REASON,
    "required": list(_REASON),
}


def cloud_event_headers(**constants: str) -> dict[str, Any]:
    """The headers of one kind of record: as all, with the values that never differ within the kind."""
    fixed = {name: {"const": value} for name, value in constants.items()}
    return {"allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}, {"properties": fixed}]}
