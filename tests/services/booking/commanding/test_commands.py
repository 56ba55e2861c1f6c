"""Every command of booking, accepted and refused, as another system sees it on Kafka."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.services.booking.commanding.commanded import Commanded
from tests.services.booking.serving import MONDAY, NOW, unknown
from tests.support.other_system import open_system, registered

pytestmark = pytest.mark.asyncio(loop_scope="module")


def at(clock_time: str) -> str:
    return f"{MONDAY}T{clock_time}:00-04:00"


async def test_a_booking_is_accepted_with_the_answer_that_http_gives(house: Commanded) -> None:
    lab = house.lab
    told = await lab.ask("BookAppointment", house.wanted("09:00"), correlationid="c-1", subject="order-7")
    over_http = await house.front.book("Boyle", "09:00", "Baker")
    assert told.accepted
    assert told.body.keys() == over_http.keys() - {"_status", "_etag"}
    assert told.body["status"] == "booked"
    assert told.key == b"order-7"
    headers = told.headers
    assert headers["ce_source"].endswith("/command-results/lab")
    assert (headers["ce_subject"], headers["ce_correlationid"]) == ("order-7", "c-1")
    read = await house.front.get(f"/v1/appointments/{told.body['appointment_id']}")
    assert (read["status"], read["version"]) == ("booked", told.body["version"])


async def test_a_refusal_lists_every_conflict(house: Commanded) -> None:
    await house.lab.accepted("BookAppointment", house.wanted("10:00"))
    told = await house.lab.ask("BookAppointment", house.wanted("10:15"))
    assert not told.accepted
    assert told.body["type"] == "/problems/slot-taken"
    assert {conflict["kind"] for conflict in told.body["conflicts"]} == {"provider", "patient"}


async def test_who_sent_it_and_for_whom_stands_in_the_event(house: Commanded) -> None:
    lab = house.lab
    id = await lab.send(
        "BookAppointment", house.wanted("11:00"), authtype="user", authid="dr.who@lab.example"
    )
    told = (await lab.answered(id)).body
    (event,) = [
        e
        for e in await house.events("AppointmentBooked")
        if str(e["originator_id"]) == told["appointment_id"]
    ]
    meta = json.loads(event["meta"])
    assert (meta["auth_type"], meta["auth_id"], meta["causation_id"]) == ("system", "system-lab", id)
    assert meta["asserted_id"].startswith("a-")
    assert "who" not in event["meta"]


async def test_confirm_move_and_cancel_by_subject_or_by_body(house: Commanded) -> None:
    lab = house.lab
    booked = await lab.accepted("BookAppointment", house.wanted("12:00"))
    key = booked["appointment_id"]
    assert (await lab.accepted("ConfirmAppointment", {}, subject=key))["status"] == "confirmed"
    moved = await lab.accepted(
        "RescheduleAppointment", {"appointment_id": key, "starts_at": at("12:30"), "by": "clinic"}
    )
    assert (moved["appointment_id"], moved["status"]) == (key, "booked")
    body = {"by": "clinic", "reason_code": "closed", "note": lab.secret("Ann is in hospital")}
    assert (await lab.accepted("CancelAppointment", body, subject=key))["status"] == "cancelled"
    for name, body in (
        ("ConfirmAppointment", {}),
        ("RescheduleAppointment", {"starts_at": at("15:00"), "by": "clinic"}),
    ):
        assert await lab.refused(name, body, subject=key) == "wrong-status"
        assert await lab.refused(name, body, subject=unknown()) == "not-found"
        assert await lab.refused(name, body, subject="no id") == "invalid"
        assert await lab.refused(name, body | {"appointment_id": key}, subject=unknown()) == "invalid"
    assert await lab.refused("CancelAppointment", {"by": "clinic"}, subject=key) == "invalid"


async def test_several_visits_move_together_or_not_at_all(house: Commanded) -> None:
    lab = house.lab
    one = await lab.accepted("BookAppointment", house.wanted("13:00"))
    two = await lab.accepted("BookAppointment", house.front.wanted("Boyle", "13:30"))
    swap = [
        {"appointment_id": one["appointment_id"], "starts_at": at("13:30"), "by": "clinic"},
        {"appointment_id": two["appointment_id"], "starts_at": at("13:00"), "by": "clinic"},
    ]
    moved = await lab.accepted("RescheduleAppointments", {"moves": swap})
    assert [each["starts_at"][11:16] for each in moved["appointments"]] == ["17:30", "17:00"]
    assert [each["version"] for each in moved["appointments"]] == [2, 2]

    await lab.accepted("BookAppointment", house.front.wanted("Boyle", "14:30"))
    into_another = [swap[1] | {"starts_at": at("16:00")}, swap[0] | {"starts_at": at("14:30")}]
    assert await lab.refused("RescheduleAppointments", {"moves": into_another}) == "slot-taken"
    read = await house.front.get(f"/v1/appointments/{two['appointment_id']}")
    assert (read["version"], read["starts_at"][11:16]) == (2, "17:00")
    stale = [swap[0] | {"starts_at": at("16:00"), "expected_version": 1}]
    assert await lab.refused("RescheduleAppointments", {"moves": stale}) == "stale-version"
    assert await lab.refused("RescheduleAppointments", {"moves": [swap[0], swap[0]]}) == "invalid"
    gone = [swap[0] | {"appointment_id": unknown()}]
    assert await lab.refused("RescheduleAppointments", {"moves": gone}) == "not-found"


async def test_seats_of_one_group_visit_move_one_at_a_time(house: Commanded) -> None:
    lab, moves = house.lab, []
    for patient in ("Alba", "Boyle"):
        body = house.front.wanted(patient, "09:30", "Baker", visit_type="class")
        seat = await lab.accepted("BookAppointment", body)
        moves.append({"appointment_id": seat["appointment_id"], "starts_at": at("11:30"), "by": "clinic"})
    assert await lab.refused("RescheduleAppointments", {"moves": moves}) == "invalid"
    await lab.accepted("RescheduleAppointments", {"moves": moves[:1]})
    whole = moves[1] | {"appointment_id": seat["session_id"], "starts_at": at("12:30")}
    assert await lab.refused("RescheduleAppointments", {"moves": [whole, moves[1]]}) == "invalid"
    moved = await lab.accepted("RescheduleAppointments", {"moves": [whole]})
    assert moved["appointments"][0]["appointment_id"] == seat["session_id"]


@pytest.mark.parametrize(
    "body", [[], "text", {"visit_type": "check-up"}, {"why": 1}, {"hold": "x"}, {"patient": "4711"}]
)
async def test_a_body_that_is_not_as_http_wants_it_is_refused(house: Commanded, body: Any) -> None:
    assert await house.lab.refused("BookAppointment", body) == "invalid"


async def test_an_expected_version_must_still_hold(house: Commanded) -> None:
    lab = house.lab
    booked = await lab.accepted("BookAppointment", house.wanted("16:00"))
    about = {"subject": booked["appointment_id"]}
    assert await lab.refused("ConfirmAppointment", {}, expectedversion="7", **about) == "stale-version"
    confirmed = await lab.accepted("ConfirmAppointment", {}, expectedversion="1", **about)
    assert confirmed["version"] == 2


async def test_what_comes_after_its_expiry_is_refused(house: Commanded) -> None:
    lab = house.lab
    late, soon = (NOW - timedelta(seconds=1)).isoformat(), (NOW + timedelta(hours=1)).isoformat()
    body = house.wanted("14:00", "Baker")
    assert await lab.refused("BookAppointment", body, expirytime=late) == "expired"
    await lab.accepted("BookAppointment", body, expirytime=soon)


async def test_roles_and_facilities_are_those_of_the_registration(house: Commanded) -> None:
    front = house.front
    await registered(house.database, "berlin", "front-desk", facility_ids=[front.ids["Branch"]])
    async with open_system(front.environment.kafka, "berlin", house.commanding) as berlin:
        claimed = {"authtype": "system", "authid": "lab", "facilityid": front.ids["Main"]}
        assert await berlin.refused("BookAppointment", house.wanted("16:30"), **claimed) == "not-found"
        override = {"override": {"of": ["taken"], "reason_code": "urgent"}}
        body = {
            "visit_type": "check-up",
            "starts_at": f"{MONDAY}T10:00:00+01:00",
            "resource_ids": [front.ids["Weber"]],
            "patient_id": front.ids["Boyle"],
        }
        assert await berlin.refused("BookAppointment", body | override) == "forbidden"
        await berlin.accepted("BookAppointment", body)
