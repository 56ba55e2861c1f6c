"""What the store writes, and Kafka carries, is what the committed schemas say."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from backbone.events import DomainEvent
from backbone.store.mapper import EventMapper
from cli.schemas.events import recorded_events
from tests.schemas.consumers import committed_schema
from tests.schemas.instances import instances

EVENTS = recorded_events(["services.booking", "services.patient_flow"])


@pytest.mark.parametrize("event", EVENTS, ids=[event.event_type() for event in EVENTS])
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_event_is_valid_and_shows_nothing_undescribed(
    event: type[DomainEvent], data: st.DataObject
) -> None:
    schema = committed_schema(event.event_type())
    value = json.loads(EventMapper([event]).state_of(data.draw(instances(event))))
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)
    assert value.keys() == schema["properties"].keys()
