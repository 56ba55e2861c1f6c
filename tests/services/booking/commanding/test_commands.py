"""Every command of booking, accepted and refused, as another system sees it on Kafka."""

import json
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres
from tests.services.booking.commanding.commanded import Commanded, open_commanded
from tests.services.booking.serving import MONDAY, NOW, unknown
from tests.support.other_system import open_system, registered
from tests.support.servers import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    postgres_server: EmbeddedPostgres, kafka_server: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Commanded]:
    """One consumer."""
    folder = tmp_path_factory.mktemp("commands")
    async with (
        fresh_database(postgres_server) as url,
        open_commanded(url, kafka_server.bootstrap, f"t{secrets.token_hex(4)}.", folder) as opened,
        opened.consumer(),
    ):
        yield opened


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


def ann(lab: Any, family: str = "Okafor", number: str = "0815") -> dict[str, Any]:
    return {
        "family_name": lab.secret(family),
        "given_names": lab.secret("Ngozi"),
        "birth_date": lab.secret("1990-02-03"),
        "identifiers": [{"system": "lab", "value": lab.secret(number)}],
        "contacts": [{"channel": "sms", "value": lab.secret("+1 212 555 0188")}],
        "coverages": [{"payer": "Acme", "plan": "Gold", "member_id": lab.secret("M-1")}],
    }


async def test_a_patient_registered_is_meant_by_the_systems_own_number_at_once(house: Commanded) -> None:
    lab = house.lab
    registered_ = await lab.accepted("RegisterPatient", ann(lab))
    named = {"patient": {"system": "lab", "value": lab.secret("0815")}}
    booking = house.front.wanted(None, "15:00") | named | {"reason": lab.secret("swollen ankle")}
    booked = await lab.accepted("BookAppointment", booking)
    read = await house.front.get(f"/v1/appointments/{booked['appointment_id']}")
    assert (read["patient_id"], read["reason"]) == (registered_["patient_id"], "swollen ankle")

    changed = named | {"family_name": lab.secret("Okafor-Smith")}
    assert (await lab.accepted("ChangePatientDetails", changed))["patient_id"] == registered_["patient_id"]
    shown = await house.front.get(f"/v1/patients/{registered_['patient_id']}")
    assert (shown["family_name"], shown["birth_date"]) == ("Okafor-Smith", "1990-02-03")
    assert shown["identifiers"] == [{"system": "lab", "value": "0815"}]


async def test_nobody_or_more_than_one_is_not_guessed(house: Commanded) -> None:
    lab = house.lab
    body = house.front.wanted(None, "15:30")
    nobody = body | {"patient": {"system": "lab", "value": lab.secret("none")}}
    assert await lab.refused("BookAppointment", nobody) == "not-found"
    first = await lab.accepted("RegisterPatient", ann(lab, "Twin", "2222"))
    second = await lab.accepted("RegisterPatient", ann(lab, "Twain", "2222"))
    both = {"patient": {"system": "lab", "value": lab.secret("2222")}}
    # The index hears of each patient by itself.
    await house.front.http.post(
        "/v1/patients/search",
        params={"at_least": second["position"]},
        json={"identifier": {"system": "lab", "value": "2222"}},
        headers=house.front.token(),
    )
    assert await lab.refused("BookAppointment", body | both) == "ambiguous-patient"
    merge = {"merged_id": second["patient_id"]}
    assert (await lab.accepted("MergePatients", merge, subject=first["patient_id"])) | merge
    assert (
        await lab.refused("MergePatients", {"merged_id": unknown()}, subject=first["patient_id"])
        == "not-found"
    )
    assert await lab.refused("MergePatients", {"patient_id": first["patient_id"]}) == "invalid"
    assert await lab.refused("ChangePatientDetails", {}, subject=unknown()) == "not-found"
    twice = body | both | {"patient_id": house.front.ids["Alba"]}
    assert await lab.refused("BookAppointment", twice) == "invalid"


async def test_what_identifies_comes_encrypted_or_not_at_all(house: Commanded) -> None:
    lab = house.lab
    told = await lab.ask("RegisterPatient", ann(lab) | {"family_name": "Plain", "given_names": "Text"})
    assert told.body["type"] == "/problems/invalid"
    assert [error["pointer"] for error in told.body["errors"]] == ["#/family_name", "#/given_names"]
    assert b"Plain" not in told.value
    broken = lab.secret("Okafor")[:-4] + "AAAA"
    told = await lab.ask("RegisterPatient", ann(lab) | {"family_name": broken})
    assert [error["pointer"] for error in told.body["errors"]] == ["#/family_name"]
    told = await lab.ask("RegisterPatient", ann(lab) | {"birth_date": lab.secret("yesterday")})
    assert [error["pointer"] for error in told.body["errors"]] == ["#/birth_date"]
    assert await lab.refused("BookAppointment", house.wanted("16:30", reason="plain")) == "invalid"


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
