"""What goes out in reply: an answer to the system, or a record to the dead letters. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic_core import to_jsonable_python

from backbone.cloudevents.decode import RawRecord
from backbone.cloudevents.encode import Headers, hop, instant, printable, source_path
from backbone.commanding.command import MAX_BODY_BYTES, Command
from backbone.commanding.keys import CommandKeys
from backbone.commanding.naming import result_topic
from backbone.dead_letters import Reason, dead_letter_topic
from backbone.store.numbering import AnswerNumber
from backbone.topics import Topic
from backbone.web.calling import Call

__all__ = ["Reply", "answer_to", "dead_letter"]

_ANSWERS: Final = UUID("6b0c5f7e-3f0a-5d0e-9a39-0d1f6f1c2a77")
_MOST_HEADER_BYTES: Final = 32_768
_MOST_KEY_BYTES: Final = 1_024
_MOST_CONFLICTS: Final = 5_000
"""In one answer, each of 150 bytes at most: Kafka's brokers take a million, and what they never took would be
sent again for ever, and all that comes behind it would wait."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One record to be published."""

    topic: Topic
    key: bytes | None
    value: bytes | None
    headers: Headers


def answer_to(
    command: Command,
    call: Call,
    kind: str,
    body: dict[str, Any],
    now: datetime,
    source: str,
    number: AnswerNumber | None = None,
) -> Reply:
    """The answer of ``kind`` ACCEPTED or REFUSED; ``body`` is that of HTTP.

    Its id is made of the command's, so that it is the same however often the command is delivered; so are
    ``number`` and the times, which come from the commit. ``source``: this service of this installation.
    """
    event, topic = command.event, result_topic(command.system.name)
    key = command.result_key.encode("ascii")
    call_trace = call.context.traceparent
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(uuid5(_ANSWERS, f"{event.source}\n{event.id}")).encode("ascii")),
        ("ce_source", f"{source.rstrip('/')}/{source_path(topic)}".encode("ascii")),
        ("ce_type", kind.encode("ascii")),
        ("ce_time", instant(number.answered_at if number else now)),
        *_places(number),
        ("ce_subject", key),
        ("ce_partitionkey", key),
        ("ce_causationid", printable(event.id)),
        ("ce_correlationid", printable(command.correlation_id)),
        ("ce_traceparent", call_trace.encode("ascii")),
        ("content-type", b"application/json"),
        ("traceparent", hop(call_trace)),
    ]
    # Sorted: an answer that is kept comes back from the store in another order.
    plain = to_jsonable_python(_sendable(body))
    value = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return Reply(Topic(topic), key, value, headers)


def _sendable(body: dict[str, Any]) -> dict[str, Any]:
    """The body, with the first of its conflicts and the number of the others where they are too many."""
    conflicts = body.get("conflicts", ())
    if len(conflicts) <= _MOST_CONFLICTS:
        return body
    left_out = len(conflicts) - _MOST_CONFLICTS
    return body | {"conflicts": conflicts[:_MOST_CONFLICTS], "conflicts_left_out": left_out}


def _places(number: AnswerNumber | None) -> Headers:
    if number is None:
        return []
    return [
        ("ce_recordedtime", instant(number.recorded_at)),
        ("ce_sequence", b"%020d" % number.number),
        ("ce_position", b"%020d" % number.position),
    ]


def dead_letter(raw: RawRecord, topic: str, consumer: str, reason: str, keys: CommandKeys) -> Reply:
    """The record as it came, its value encrypted, with the reason in headers.

    Headers and values that are too large for it are left out: the record itself stays in the command topic
    for as long as its dead letter.
    """
    headers = [(name, value or b"") for name, value in raw.headers]
    if sum(len(name) + len(value) for name, value in headers) > _MOST_HEADER_BYTES:
        headers = []
    value = raw.value
    why = Reason(consumer, "poison", reason, topic, raw.partition, raw.offset)
    return Reply(
        topic=dead_letter_topic(Topic(topic)),
        key=raw.key if raw.key and len(raw.key) <= _MOST_KEY_BYTES else None,
        value=None if value is None or len(value) > MAX_BODY_BYTES else keys.encrypt(value),
        headers=[*headers, *why.headers()],
    )
