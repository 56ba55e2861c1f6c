"""Stored bytes are the Kafka value; old versions are read as the current one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import pytest
from eventsourcing.persistence import MapperDeserialisationError, StoredEvent
from eventsourcing.utils import resolve_topic

from backbone.events import DomainEvent
from backbone.store.mapper import EventMapper, Upcast

STREAM = UUID("01920000-0000-7000-8000-000000000001")
WHEN = datetime(2026, 3, 2, 8, 0, 0, 5, tzinfo=UTC)


class VisitPlanned(DomainEvent):
    """Version 1 had ``minutes``; version 2 had ``length_minutes``; now there are two instants."""

    service: ClassVar[str] = "upcasting"
    kafka_topic: ClassVar[str] = "almanac.upcasting.visits"
    schema_version: ClassVar[int] = 3

    starts_at: datetime
    ends_at: datetime


def rename_minutes(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"length_minutes" if name == "minutes" else name: value for name, value in state.items()}


def end_instead_of_length(state: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = {name: value for name, value in state.items() if name != "length_minutes"}
    start = datetime.fromisoformat(state["starts_at"])
    return {**kept, "ends_at": start.timestamp() + 60 * state["length_minutes"]}


V1, V2, V3 = (f"almanac.upcasting.VisitPlanned.v{version}" for version in (1, 2, 3))


def mapper() -> EventMapper:
    upcasts = [Upcast(V1, V2, rename_minutes), Upcast(V2, V3, end_instead_of_length)]
    return EventMapper([VisitPlanned], upcasts)


CURRENT = VisitPlanned(
    originator_id=STREAM,
    originator_version=4,
    timestamp=WHEN,
    starts_at=datetime(2026, 3, 9, 9, tzinfo=UTC),
    ends_at=datetime(2026, 3, 9, 9, 25, tzinfo=UTC),
)


def test_the_state_is_the_compact_json_of_all_but_stream_and_version() -> None:
    stored = mapper().to_stored_event(CURRENT)
    assert stored == StoredEvent(
        originator_id=STREAM,
        originator_version=4,
        topic=V3,
        state=b'{"timestamp":"2026-03-02T08:00:00.000005Z","starts_at":"2026-03-09T09:00:00Z",'
        b'"ends_at":"2026-03-09T09:25:00Z"}',
    )
    assert mapper().to_domain_event(stored) == CURRENT


@pytest.mark.parametrize(("event_type", "field"), [(V1, "minutes"), (V2, "length_minutes")])
def test_an_older_version_is_read_as_the_current_one(event_type: str, field: str) -> None:
    state = f'{{"timestamp":"2026-03-02T08:00:00.000005Z","starts_at":"2026-03-09T09:00:00Z","{field}":25}}'
    stored = StoredEvent(STREAM, 4, event_type, state.encode())
    assert mapper().to_domain_event(stored) == CURRENT


def test_every_version_is_known_to_the_library_as_the_current_class() -> None:
    mapper()
    assert [resolve_topic(event_type) for event_type in (V1, V2, V3)] == [VisitPlanned] * 3


def test_what_was_read_can_be_compared_copied_and_validated() -> None:
    read = mapper().decode(V3, STREAM, 4, mapper().state_of(CURRENT))
    copy = read.model_copy(update={"originator_version": 5})
    assert copy != read
    assert VisitPlanned.model_validate(read.model_dump() | {"originator_id": STREAM, "originator_version": 4})


def test_a_field_of_a_newer_version_is_ignored() -> None:
    state = mapper().state_of(CURRENT)[:-1] + b',"from_the_future":{"a":[1]}}'
    assert mapper().decode(V3, STREAM, 4, state) == CURRENT


@pytest.mark.parametrize(
    ("event_type", "state"),
    [(V3, b'{"timestamp":"secret"}'), (V3, b"{"), ("almanac.upcasting.Unknown.v1", b"{}"), (V1, b"{}")],
)
def test_what_does_not_fit_says_where_but_not_what(event_type: str, state: bytes) -> None:
    with pytest.raises(MapperDeserialisationError) as caught:
        mapper().decode(event_type, STREAM, 4, state)
    assert str(STREAM) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_event_that_the_store_was_not_told_of_is_refused() -> None:
    with pytest.raises(TypeError):
        EventMapper([]).to_stored_event(CURRENT)
