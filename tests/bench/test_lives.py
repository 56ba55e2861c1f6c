"""A long history made quickly is one that the production code could have written."""

from collections import Counter

from backbone.events import DomainEvent
from backbone.store.committed import CommittedEvent
from backbone.store.mapper import EventMapper
from bench.lives import OPEN_AT_ONCE, lives
from services.booking.events.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentEvent,
    AppointmentRescheduled,
)

MAPPER = EventMapper([AppointmentBooked, AppointmentCancelled, AppointmentConfirmed, AppointmentRescheduled])


def read(event: CommittedEvent) -> DomainEvent:
    return MAPPER.decode(event.type, event.stream_id, event.version, event.state)


def test_each_event_is_one_that_its_model_reads_and_would_write_the_same() -> None:
    first = list(lives(OPEN_AT_ONCE + 5))
    for event in (*first[:3], *first[-5:]):
        read_back = read(event)
        assert isinstance(read_back, AppointmentEvent)
        assert read_back.appointment_id == event.stream_id
        assert MAPPER.state_of(read_back) == event.state


def test_positions_rise_by_one_and_each_stream_has_its_second_event_long_after_its_first() -> None:
    events = list(lives(2 * OPEN_AT_ONCE + 1))
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    first, second = events[:OPEN_AT_ONCE], events[OPEN_AT_ONCE : 2 * OPEN_AT_ONCE]
    assert [event.stream_id for event in first] == [event.stream_id for event in second]
    assert {event.version for event in second} == {2}
    assert Counter(type(read(event)) for event in second[:10]) == {
        AppointmentConfirmed: 6,
        AppointmentRescheduled: 2,
        AppointmentCancelled: 2,
    }
    assert events[-1].version == 1
