from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from backbone.cloudevents import Record
from backbone.cloudevents.decode import NotACloudEvent, decode
from backbone.cloudevents.encode import HeaderEncoder, Headers
from tests.backbone.cloudevents.test_encode import BOOKED, ORIGIN, STREAM


@dataclass(frozen=True)
class Raw:
    topic: str = "t1.almanac.booking.appointments"
    partition: int = 4
    offset: int = 17
    timestamp: int = 1_772_452_800_000
    key: bytes | None = str(STREAM).encode()
    value: bytes | None = BOOKED.state
    headers: Headers = field(default_factory=lambda: HeaderEncoder("https://almanac.test").headers(BOOKED))

    def without(self, name: str) -> "Raw":
        return replace(self, headers=[h for h in self.headers if h[0] != name])

    def having(self, name: str, value: bytes) -> "Raw":
        return replace(self, headers=[*self.without(name).headers, (name, value)])


def test_what_was_written_is_read_back() -> None:
    assert decode(Raw(), "t1.") == Record(
        topic="almanac.booking.appointments",
        partition=4,
        offset=17,
        key=str(STREAM),
        id=BOOKED.event_id,
        source="https://almanac.test/booking/appointments",
        type=BOOKED.type,
        subject=str(STREAM),
        time=BOOKED.occurred_at,
        recorded_time=BOOKED.recorded_at,
        sequence=99,
        position=4711,
        stream_version=3,
        data=BOOKED.state,
        auth_type="user",
        auth_id="u-7",
        facility_id="01a20baa-0ec4-778a-b5ef-000000000001",
        causation_id="k-2",
        correlation_id="c-1",
        traceparent=ORIGIN,
    )


def test_another_system_s_event_needs_none_of_our_extensions() -> None:
    written = to_binary(
        CloudEvent({"type": "org.lab.Done", "source": "/lab", "id": "7", "specversion": "1.0"}, {"a": 1}),
        JSONFormat(),
    )
    record = decode(Raw(key=None, value=written.value, headers=list(written.headers.items())), "t1.")
    assert (record.id, record.source, record.type) == ("7", "/lab", "org.lab.Done")
    assert (record.sequence, record.position, record.stream_version, record.key) == (0, 0, 0, "")
    assert record.time == datetime(2026, 3, 2, 12, 0, tzinfo=UTC) or record.time.tzinfo is not None


@pytest.mark.parametrize(
    "raw",
    [
        Raw(headers=[]),
        Raw().having("ce_specversion", b"0.3"),
        Raw().without("ce_id"),
        Raw().without("ce_type"),
        Raw().without("ce_source"),
        Raw().having("ce_type", b"\xff\xfe"),
        Raw().having("ce_sequence", b"many"),
        Raw().having("ce_time", b"yesterday"),
        Raw().having("ce_time", b"2026-03-02T12:00:00"),
        replace(Raw(), key=b"\xff\x00"),
    ],
)
def test_what_is_no_cloudevent_is_said_to_be_none_without_its_content(raw: Raw) -> None:
    with pytest.raises(NotACloudEvent) as refused:
        decode(raw, "t1.")
    assert "yesterday" not in str(refused.value)
