"""One trace from a request, through the store and Kafka, to the calendar that shows it; and none unasked."""

import secrets

import pytest

from tests.sight.collector import Seen
from tests.sight.house import House
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

KINDS = {SERVER := 2, CLIENT := 3, PRODUCER := 4, CONSUMER := 5}
"""As OTLP numbers them."""
PATIENT = {"family_name": "Testfall", "given_names": "Ann", "birth_date": "1970-01-31"}


async def booked(house: House, flags: str) -> tuple[str, str, str]:
    """Books within a trace of ours: its id, our span's, and that which the answer names."""
    patient = (await house.done("POST", "/v1/patients", PATIENT))["patient_id"]
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    headers = {"traceparent": f"00-{trace}-{span}-{flags}"}
    answer = await house.send("POST", "/v1/appointments", house.visit(patient), headers)
    assert answer.status_code == 201, answer.text
    await house.seen_in_calendar(answer.json()["position"])
    version, answered, own, _ = answer.headers["traceparent"].split("-")
    assert (version, answered) == ("00", trace)
    return trace, span, own


async def test_a_booking_is_one_trace_from_request_to_calendar(house: House) -> None:
    trace, caller, own = await booked(house, "01")

    def shown() -> Seen | None:
        found = [s for s in house.collector.trace(trace) if s.attributes.get("almanac.projection")]
        return next((s for s in found if s.attributes["almanac.projection"] == "calendars"), None)

    calendar = await eventually(shown, within=15)
    await eventually(lambda: {s.kind for s in house.collector.trace(trace)} == KINDS, within=10)
    spans = {span.kind: span for span in house.collector.trace(trace)}
    server, commit, send = spans[SERVER], spans[CLIENT], spans[PRODUCER]
    assert (server.name, server.part, server.parent, server.id) == (
        "POST /v1/appointments",
        "http",
        caller,
        own,
    )
    assert server.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/appointments",
        "http.response.status_code": 201,
    }
    assert (commit.name, commit.parent) == ("COMMIT booking", own)
    assert commit.attributes["db.system.name"] == "postgresql"
    assert (send.name, send.part, send.parent) == ("send almanac.booking.appointments", "workers", own)
    assert (calendar.name, calendar.parent) == ("process almanac.booking.appointments", send.id)
    assert calendar.links == (f"{trace}-{own}",)
    assert calendar.attributes["messaging.consumer.group.name"].startswith("almanac.projections.")
    named = {name for span in house.collector.trace(trace) for name in span.attributes}
    assert not named & {"url.path", "url.query", "messaging.kafka.message.key", "messaging.message.id"}


async def test_a_trace_that_its_caller_does_not_sample_is_passed_on_and_not_exported(house: House) -> None:
    trace, _, _ = await booked(house, "00")
    sampled, _, _ = await booked(house, "01")
    await eventually(lambda: len(house.collector.trace(sampled)) >= 4, within=15)
    assert house.collector.trace(trace) == []
