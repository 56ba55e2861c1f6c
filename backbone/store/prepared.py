"""A decision made ready for its batch before the lock is taken: checked, and its events encoded."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import PydanticSerializationError, to_json

from backbone.events import DomainEvent
from backbone.ids import new_id_text
from backbone.store.decision import Claim, Decision, Release
from backbone.store.errors import TooMuch, Unstorable
from backbone.store.mapper import EventMapper
from backbone.store.origin import Origin

__all__ = ["MAX_STATE_BYTES", "MOST_SLOTS", "EventRow", "Prepared", "encode", "meta_of", "prepare"]

MAX_STATE_BYTES = 900_000
"""A Kafka broker takes records of one mebibyte by default; this leaves room for key and headers. An event
that Kafka refuses would hold up all events after it."""
_NUL = "a text contains U+0000, which PostgreSQL does not keep"

MOST_SLOTS = 20_000
"""How many slots one decision may take and give back, together: about a fifth of a second under the store's
lock, for which all others wait. A decision that needs longer than its transaction may stand idle would fail
however often it is tried."""


class EventRow(NamedTuple):
    """An event as it will be stored, but for position and sequence."""

    stream_id: UUID
    version: int
    type: str
    state: bytes
    kafka_topic: str
    meta: str
    occurred_at: datetime
    decision_id: str
    """Also in ``meta``: the mark of all that was decided together."""


class Prepared(NamedTuple):
    """A decision and its encoded events. ``first`` and ``last``: each stream's versions in it."""

    decision: Decision
    decision_id: str
    events: tuple[EventRow, ...]
    first: dict[UUID, int]
    last: dict[UUID, int]
    answer: str


def prepare(decision: Decision, mapper: EventMapper) -> Prepared:
    """Checks and encodes a decision.

    Raises ValueError for one that contradicts itself, which is a mistake in our code; Unstorable for texts
    that PostgreSQL can't keep and for events that are too large; TooMuch for one that would hold the store's
    lock for too long.
    """
    _check(decision)
    decision_id = new_id_text()
    meta = meta_of(decision.origin, decision_id)
    answer = _json(decision.answer)
    key = decision.key
    if _has_nul(meta.encode()) or _has_nul(answer.encode()) or (key and "\0" in key.scope + key.key):
        raise Unstorable(_NUL)
    first: dict[UUID, int] = {}
    last: dict[UUID, int] = {}
    rows = []
    for event in decision.events:
        stream_id, version = event.originator_id, event.originator_version
        if last.setdefault(stream_id, version - 1) != version - 1:
            raise ValueError(f"the versions of stream {stream_id} have a gap within the decision")
        first.setdefault(stream_id, version)
        last[stream_id] = version
        rows.append(encode(event, decision_id, meta, mapper))
    if sum(touched.end_slot - touched.first_slot for touched in _touched(decision)) > MOST_SLOTS:
        raise TooMuch(f"a decision takes and gives back {MOST_SLOTS} slots at most")
    for claim in decision.claims:
        if claim.expires_at is not None and claim.owner not in last:
            raise ValueError("a hold has no stream in the decision that could tell of its end")
    return Prepared(decision, decision_id, tuple(rows), first, last, answer)


def encode(event: DomainEvent, decision_id: str, meta: str, mapper: EventMapper) -> EventRow:
    """One event as it will be stored. Raises Unstorable where its texts or its size can't be kept."""
    try:
        state = mapper.state_of(event)
    except PydanticSerializationError:
        raise Unstorable("a text is not Unicode") from None
    if _has_nul(state):
        raise Unstorable(_NUL)
    if len(state) > MAX_STATE_BYTES:
        raise Unstorable(f"an event of {len(state)} bytes is too large for Kafka: {MAX_STATE_BYTES} at most")
    return EventRow(
        event.originator_id,
        event.originator_version,
        mapper.type_of(event),
        state,
        event.kafka_topic,
        meta,
        event.timestamp,
        decision_id,
    )


def meta_of(origin: Origin, decision_id: str) -> str:
    """The metadata of each event of a decision, as JSON; what is unknown is left out."""
    fields = {
        "auth_type": origin.auth_type,
        "auth_id": origin.auth_id,
        "correlation_id": origin.correlation_id,
        "causation_id": origin.causation_id,
        "traceparent": origin.traceparent,
        "facility_id": origin.facility_id,
        "asserted_id": origin.asserted_id,
        "roles": origin.roles or None,
        "purpose": origin.purpose,
        "decision_id": decision_id,
    }
    return _json({name: value for name, value in fields.items() if value is not None})


def _json(value: Any) -> str:
    try:
        return to_json(value).decode()
    except ValueError as error:
        raise Unstorable(f"not a JSON value: {type(error).__name__}") from None


def _has_nul(json: bytes) -> bool:
    """Whether JSON text holds the escape of U+0000, and not just a backslash before ``u0000``."""
    start = json.find(b"\\u0000")
    while start >= 0:
        before = json[:start]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return True
        start = json.find(b"\\u0000", start + 1)
    return False


def _touched(decision: Decision) -> tuple[Claim | Release, ...]:
    return (*decision.claims, *decision.releases)


def _check(decision: Decision) -> None:
    for touched in (*_touched(decision), *decision.occupied):
        if touched.first_slot >= touched.end_slot:
            raise ValueError("a range of slots is empty")
    capacities = [claim.capacity for claim in decision.claims]
    if min((*capacities, *decision.capacities.values()), default=1) < 1:
        raise ValueError("a capacity is below 1")
    for event in decision.events:
        if event.timestamp.tzinfo is None:
            raise ValueError("an event's time has no zone")
    changes = decision.claims or decision.releases or decision.capacities
    if changes and not decision.events and decision.refusal is None:
        raise ValueError("claims change without an event that says why")
