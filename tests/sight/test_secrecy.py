"""A patient is planted, by the front door and by mistake in wrong places: nothing kept or told shows it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from tests.sight.house import House
from tests.sight.searching import kept_and_told, needles, records, shown
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

FAMILY, GIVEN, BORN = "Quillfeather", "Zebediah", "1937-08-19"
PHONE, EMAIL, RECORD, MEMBER = "+12125550187", "zq@quill.example", "MRN-7734519", "AET-90211877"
REASON, NOTE = "recurrent nightmares about herons", "asked to be called on the line of his brother"
PLANTED = (FAMILY, GIVEN, BORN, PHONE[1:], "zq@quill", RECORD, MEMBER, "herons", "line of his")
FOREIGN = ("Wintermute-Vogelsang", "1941-03-27")
"""In a record that another wrote onto a topic: there it stands, and nowhere else."""
CALENDARS = "almanac.booking.appointments"


async def plant(house: House) -> list[bytes]:
    """Lives with the patient a while; gives what was answered where something was wrong."""
    person: dict[str, Any] = {
        "family_name": FAMILY,
        "given_names": GIVEN,
        "birth_date": BORN,
        "identifiers": [{"system": "urn:example:mrn", "value": RECORD}],
        "contacts": [{"channel": "sms", "value": PHONE}, {"channel": "email", "value": EMAIL}],
        "coverages": [{"payer": "aetna", "plan": "gold", "member_id": MEMBER}],
    }
    patient = (await house.done("POST", "/v1/patients", person))["patient_id"]
    booked = await house.done("POST", "/v1/appointments", house.visit(patient, reason=REASON))

    async def named() -> bool:  # the patient came on another topic than the visit, and perhaps later
        return FAMILY in json.dumps(await house.seen_in_calendar(booked["position"]))

    await eventually(named)
    visit = f"/v1/appointments/{booked['appointment_id']}"
    for asked in (
        {"family_name": FAMILY},
        {"phone": PHONE},
        {"birth_date": BORN, "family_name": "Quilfether"},
    ):
        await house.done("POST", "/v1/patients/search", asked)
    await house.done("GET", visit)
    await house.done("PATCH", f"/v1/patients/{patient}", {"given_names": f"{GIVEN} Ambrose"})
    cancelled = {"by": "patient", "reason_code": "other", "note": NOTE}
    last = await house.done("POST", f"{visit}/cancel", cancelled)
    await house.seen_in_calendar(last["position"])
    wrong: list[tuple[str, str, Any, dict[str, str]]] = [
        ("POST", "/v1/patients", person | {"birth_date": FAMILY}, {}),
        ("POST", "/v1/patients", person | {"family_name": FAMILY * 200}, {}),
        ("POST", "/v1/patients", person | {"given_names": f"{GIVEN}\0"}, {}),
        ("POST", "/v1/patients", person | {"time_zone": FAMILY, "language": PHONE}, {}),
        ("POST", "/v1/patients", json.dumps(person).encode()[:-9], {}),
        ("POST", "/v1/patients", json.dumps(person).encode(), {"Content-Type": "text/plain"}),
        ("POST", "/v1/patients", person, {"Authorization": f"Bearer {FAMILY}"}),
        ("POST", "/v1/patients", person, {"Purpose-Of-Use": FAMILY}),
        ("POST", "/v1/patients/search", {"identifier": RECORD}, {}),
        ("POST", "/v1/appointments", house.visit(patient) | {"patient_id": FAMILY}, {}),
        ("POST", "/v1/appointments", house.visit(patient) | {"visit_type": FAMILY}, {}),
        ("POST", "/v1/appointments", house.visit(patient) | {"starts_at": BORN}, {}),
        ("POST", "/v1/appointments", house.visit(patient) | {"resource_ids": [FAMILY]}, {}),
        ("POST", "/v1/appointments", house.visit(patient) | {"priority": REASON}, {}),
        ("POST", "/v1/appointments", house.visit(str(uuid4())) | {"reason": REASON}, {}),
        ("POST", f"{visit}/cancel", cancelled | {"by": GIVEN}, {}),
        ("POST", f"{visit}/cancel", cancelled, {"If-Match": FAMILY}),
        ("POST", "/v1/facilities", {"name": "x", "time_zone": FAMILY}, {}),
    ]
    said = []
    for method, path, body, headers in wrong:
        answer = await house.send(method, path, body, headers)
        assert 400 <= answer.status_code < 500, (method, path, answer.status_code)
        said.append(answer.content + repr(answer.headers).encode())
    return said


async def poison(house: House) -> None:
    """A record that is no event of ours, with a name in its value, is set aside and told of."""
    kafka = house.installation.kafka
    producer = AIOKafkaProducer(**kafka.options())
    await producer.start()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{uuid4()}-1",
        "ce_source": "urn:example:intruder",
        "ce_type": "almanac.booking.AppointmentBooked.v1",
    }
    value = json.dumps({"status": FOREIGN[0], "starts_at": FOREIGN[1], "resource_ids": FOREIGN[0]}).encode()
    try:
        told = [(name, text.encode()) for name, text in headers.items()]
        await producer.send_and_wait(CALENDARS, value, key=str(uuid4()).encode(), headers=told)
    finally:
        await producer.stop()

    async def set_aside() -> bool:
        return any([topic.endswith(".dead-letter") async for topic, _ in records(house)])

    await eventually(set_aside, within=30)


async def test_no_patient_is_in_anything_that_is_kept_or_told(house: House) -> None:
    said = await plant(house)
    await poison(house)
    await eventually(lambda: any(b"dead" in b or b"process" in b for b in house.collector.bodies), within=15)
    told = [("answer", text) for text in said] + await kept_and_told(house)
    places = {place for place, _ in told}
    assert {"answer", "metrics", "traces", CALENDARS, "booking.stored_events", "vault.access"} <= places
    assert any(place.endswith("workers.log") for place in places)
    planted = needles(PLANTED)
    leaks = [(place, found) for place, text in told if (found := shown(text, planted))]
    assert leaks == []


async def test_what_another_wrote_onto_a_topic_is_not_told_any_further(house: House) -> None:
    await poison(house)
    # It stands on the topic, and so in Kafka's files.
    broker = str(Path(house.installation.data) / "kafka" / "data")
    told = [
        (place, text)
        for place, text in await kept_and_told(house)
        if place != CALENDARS and not place.startswith(broker)
    ]
    assert any(place.endswith(".dead-letter") for place, _ in told)
    assert any(b"record set aside" in text for place, text in told if place.endswith("workers.log"))
    foreign = needles(FOREIGN)
    leaks = [(place, found) for place, text in told if (found := shown(text, foreign))]
    assert leaks == []
