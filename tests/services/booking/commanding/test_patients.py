"""Commands about patients: whom another system means, and how it says so."""

from typing import Any

import pytest

from tests.services.booking.commanding.commanded import Commanded
from tests.services.booking.serving import unknown

pytestmark = pytest.mark.asyncio(loop_scope="module")


def ann(lab: Any, family: str = "Okafor", number: str = "0815") -> dict[str, Any]:
    return {
        "family_name": lab.secret(family),
        "given_names": lab.secret("Ngozi"),
        "birth_date": lab.secret("1990-02-03"),
        "identifiers": [{"system": "lab", "value": lab.secret(number)}],
        "contacts": [
            {"channel": "sms", "value": lab.secret("+1 212 555 0188"), "relationship": "guardian"},
            {"channel": "sms", "value": lab.secret("+1 212 555 0189"), "relationship": lab.secret("aunt")},
        ],
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
    assert [contact["relationship"] for contact in shown["contacts"]] == ["guardian", "aunt"]


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
    merged = await lab.accepted("MergePatients", merge, subject=first["patient_id"])
    assert (merged["patient_id"], merged["merged_id"]) == (first["patient_id"], second["patient_id"])
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
    aunt = {"channel": "sms", "value": lab.secret("+1 212 555 0189"), "relationship": "aunt Ada"}
    told = await lab.ask("RegisterPatient", ann(lab) | {"contacts": [aunt]})
    assert [error["pointer"] for error in told.body["errors"]] == ["#/contacts/0/relationship"]
    broken = lab.secret("Okafor")[:-4] + "AAAA"
    told = await lab.ask("RegisterPatient", ann(lab) | {"family_name": broken})
    assert [error["pointer"] for error in told.body["errors"]] == ["#/family_name"]
    told = await lab.ask("RegisterPatient", ann(lab) | {"birth_date": lab.secret("yesterday")})
    assert [error["pointer"] for error in told.body["errors"]] == ["#/birth_date"]
    assert await lab.refused("BookAppointment", house.wanted("16:30", reason="plain")) == "invalid"
