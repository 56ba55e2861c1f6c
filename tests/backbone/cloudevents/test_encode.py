from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from backbone.cloudevents.encode import HeaderEncoder
from backbone.store.committed import CommittedEvent

STREAM = UUID("01a20baa-0ec4-778a-b5ef-8f0a022f471a")
ORIGIN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BOOKED = CommittedEvent(
    position=4711,
    stream_id=STREAM,
    version=3,
    type="almanac.booking.AppointmentBooked.v1",
    state=b'{"timestamp":"2026-03-02T12:00:00Z","minutes":20}',
    kafka_topic="almanac.booking.appointments",
    sequence=99,
    meta={
        "auth_type": "user",
        "auth_id": "u-7",
        "correlation_id": "c-1",
        "causation_id": "k-2",
        "traceparent": ORIGIN,
        "facility_id": "01a20baa-0ec4-778a-b5ef-000000000001",
        "decision_id": "not for Kafka",
        "roles": ["not", "for", "Kafka"],
        "purpose": "not for Kafka",
    },
    occurred_at=datetime(2026, 3, 2, 13, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=1))),
    recorded_at=datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC),
)


def headers(row: CommittedEvent, source: str = "https://almanac.test/") -> dict[str, bytes]:
    written = HeaderEncoder(source).headers(row)
    assert len(written) == len(dict(written)), "a header stands twice"
    return dict(written)


def test_the_contract_s_headers_and_no_others() -> None:
    found = headers(BOOKED)
    hop = found.pop("traceparent").decode()
    assert found == {
        "ce_specversion": b"1.0",
        "ce_id": b"01a20baa-0ec4-778a-b5ef-8f0a022f471a-3",
        "ce_source": b"https://almanac.test/booking/appointments",
        "ce_type": b"almanac.booking.AppointmentBooked.v1",
        "ce_time": b"2026-03-02T12:00:00.250000Z",
        "ce_recordedtime": b"2026-03-02T12:00:01Z",
        "ce_subject": str(STREAM).encode(),
        "ce_dataschema": b"https://almanac.test/schemas/events/almanac.booking.AppointmentBooked.v1.json",
        "ce_partitionkey": str(STREAM).encode(),
        "ce_sequence": b"00000000000000000099",
        "ce_position": b"00000000000000004711",
        "ce_streamversion": b"00000000000000000003",
        "ce_authtype": b"user",
        "ce_authid": b"u-7",
        "ce_facilityid": b"01a20baa-0ec4-778a-b5ef-000000000001",
        "ce_causationid": b"k-2",
        "ce_correlationid": b"c-1",
        "ce_traceparent": ORIGIN.encode(),
        "content-type": b"application/json",
    }
    version, trace, span, flags = hop.split("-")
    assert [version, trace, flags] == ["00", "4bf92f3577b34da6a3ce929d0e0e4736", "01"]
    assert len(span) == 16
    assert span != "00f067aa0ba902b7"


def test_the_sdk_reads_the_same_event() -> None:
    event = from_binary(KafkaMessage(headers(BOOKED), str(STREAM), BOOKED.state), JSONFormat())
    assert event.get_id() == BOOKED.event_id
    assert event.get_source() == "https://almanac.test/booking/appointments"
    assert event.get_type() == BOOKED.type
    assert event.get_subject() == str(STREAM)
    assert event.get_time() == BOOKED.occurred_at
    assert event.get_data() == {"timestamp": "2026-03-02T12:00:00Z", "minutes": 20}
    assert event.get_extension("partitionkey") == str(STREAM)
    assert event.get_extension("sequence") == "00000000000000000099"


@pytest.mark.parametrize(
    ("topic", "source"),
    [
        ("almanac.patient-flow.visits", b"https://almanac.test/patient-flow/visits"),
        ("almanac.booking.setup", b"https://almanac.test/booking/setup"),
    ],
)
def test_each_topic_is_a_source(topic: str, source: bytes) -> None:
    assert headers(replace(BOOKED, kafka_topic=topic), "https://almanac.test")["ce_source"] == source


def test_what_is_unknown_has_no_header_and_what_is_not_ascii_is_percent_encoded() -> None:
    found = headers(replace(BOOKED, meta={"auth_type": "app", "auth_id": "café\r\nx", "causation_id": None}))
    assert found["ce_authid"] == b"caf%C3%A9%0D%0Ax"
    assert not {"ce_causationid", "ce_facilityid", "ce_correlationid", "ce_traceparent"} & set(found)
    assert found["traceparent"].startswith(b"00-")


def test_every_value_is_printable_ascii() -> None:
    assert all(value.decode("ascii").isprintable() for value in headers(BOOKED).values())
