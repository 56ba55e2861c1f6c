"""What patient flow reads of booking is what booking writes."""

import pytest
from pydantic import BaseModel

from services.booking import events as booking
from services.patient_flow.clinic import Clinic
from tests.schemas.consumers import assert_reads

WRITTEN = {event.event_type(): event for event in booking.EVENTS}


@pytest.mark.parametrize(("event_type", "model"), list(Clinic.hears.items()))
def test_each_model_fits_the_events_that_it_reads(event_type: str, model: type[BaseModel]) -> None:
    assert WRITTEN[event_type].kafka_topic in Clinic.topics
    assert_reads(model, event_type)
