"""Patients over HTTP: found by what is known of them, and never without a record."""

from typing import Any

import pytest

from tests.services.booking.serving import MONDAY, Front, unknown

pytestmark = pytest.mark.asyncio(loop_scope="module")

MULLER: dict[str, Any] = {
    "family_name": "Müller-Lüdenscheidt",
    "given_names": "Jürgen Karl",
    "birth_date": "1955-12-24",
    "identifiers": [{"system": "urn:mrn", "value": "000 417"}],
    "contacts": [
        {"channel": "sms", "value": "+1 (212) 555-0187"},
        {"channel": "email", "value": "jk@example.org", "relationship": "spouse"},
    ],
    "coverages": [{"payer": "Acme", "plan": "Gold", "member_id": "M-77"}],
    "time_zone": "America/New_York",
    "language": "de-DE",
}


async def registered(front: Front, **other: Any) -> dict[str, Any]:
    return await front.post("/v1/patients", MULLER | other, 201)


async def found(front: Front, **by: Any) -> set[str]:
    answer = await front.http.post(
        "/v1/patients/search", params={"at_least": front.position}, json=by, headers=front.token("front-desk")
    )
    assert answer.status_code == 200, answer.text
    patients = answer.json()["patients"]
    assert len(patients) <= 10
    return {patient["patient_id"] for patient in patients}


async def test_found_by_all_that_is_known(front: Front) -> None:
    one = (await registered(front))["patient_id"]
    for by in (
        {"family_name": "müll"},
        {"family_name": "Mueller"},
        {"family_name": "Muler", "birth_date": "1955-12-24"},
        {"family_name": "Lüdenscheidt", "given_names": "jür"},
        {"given_names": "Karl", "family_name": "Müller"},
        {"phone": "212-555-0187"},
        {"identifier": {"system": "urn:mrn", "value": "000 417"}},
    ):
        assert one in await found(front, **by), by
    for by in (
        {"family_name": "Müller", "birth_date": "1955-12-25"},
        {"family_name": "Zapp", "birth_date": "1955-12-24"},
        {"identifier": {"system": "urn:other", "value": "000 417"}},
    ):
        assert one not in await found(front, **by), by


async def test_read_corrected_and_on_record(front: Front) -> None:
    one = (await registered(front, family_name="Nakamura"))["patient_id"]
    read = await front.get(f"/v1/patients/{one}")
    assert {name: read[name] for name in MULLER} == MULLER | {
        "family_name": "Nakamura",
        "contacts": [{"relationship": None, **contact} for contact in MULLER["contacts"]],
    }
    await front.send(
        "PATCH", f"/v1/patients/{one}", {"family_name": "Nakagawa"}, 200, {"If-Match": read["_etag"]}
    )
    await front.send("PATCH", f"/v1/patients/{one}", {"language": "en"}, 412, {"If-Match": read["_etag"]})
    after = await front.get(f"/v1/patients/{one}")
    assert (after["family_name"], after["given_names"], after["version"]) == ("Nakagawa", "Jürgen Karl", 2)
    assert one in await found(front, family_name="Nakagawa")
    assert one not in await found(front, family_name="Nakamura", identifier={"system": "x", "value": "y"})

    connection = await front.environment.connect("vault")
    actions = await connection.fetch("SELECT action FROM access WHERE $1 = ANY (patient_ids)", one)
    await connection.close()
    assert {row["action"] for row in actions} >= {"patients.read", "patients.search"}


async def test_possible_duplicates_are_told(front: Front) -> None:
    one = (await registered(front, family_name="Okonkwo", identifiers=[]))["patient_id"]
    assert one in await found(front, family_name="Okonkwo")
    again = await registered(front, family_name="Okonkwa", given_names="Jurgen", identifiers=[])
    assert again["possible_duplicates"] == [one]
    other = await registered(front, family_name="Okonkwo", birth_date="1999-01-01", identifiers=[])
    assert other["possible_duplicates"] == []


async def test_merged_records_are_one_person(front: Front) -> None:
    stays = (await registered(front, family_name="Petrov", identifiers=[]))["patient_id"]
    goes = (await registered(front, family_name="Petrow", identifiers=[]))["patient_id"]
    front.ids |= {"stays": stays, "goes": goes}
    await front.book("goes", "09:00")
    await front.post(f"/v1/patients/{stays}/merge", {"merged_id": goes}, 200)
    assert await found(front, family_name="Petrow") >= {stays}
    assert goes not in await found(front, family_name="Petrow")
    assert (await front.get(f"/v1/patients/{goes}"))["patient_id"] == stays
    refused = await front.post("/v1/appointments", front.wanted("stays", "09:15", "Baker"), 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["patient"]
    followed = await front.post("/v1/appointments", front.wanted("goes", "10:00"), 201)
    read = await front.get(f"/v1/appointments/{followed['appointment_id']}")
    assert read["patient_id"] == stays

    await front.post(f"/v1/patients/{stays}/unmerge", {"merged_id": goes}, 200)
    await front.post(f"/v1/patients/{stays}/unmerge", {"merged_id": goes}, 409)
    assert goes in await found(front, family_name="Petrow")
    await front.post("/v1/appointments", front.wanted("stays", "09:15", "Baker"), 201)


async def test_a_patients_token_sees_that_patient_only(front: Front) -> None:
    own = front.token("patient", patient_ids=[front.ids["Boyle"]])
    assert (await front.get(f"/v1/patients/{front.ids['Boyle']}", own))["_status"] == 200
    assert (await front.get(f"/v1/patients/{front.ids['Alba']}", own))["_status"] == 404
    await front.send("PATCH", f"/v1/patients/{front.ids['Alba']}", {"language": "en"}, 404, own)
    await front.post("/v1/patients/search", {"family_name": "Alba"}, 403, own)
    await front.post("/v1/patients", MULLER, 403, own)


async def test_a_patient_takes_nobodys_number(front: Front) -> None:
    """What a laboratory tells of the one with the number would be told of, and to, whoever took it."""
    path, own = f"/v1/patients/{front.ids['Boyle']}", front.token("patient", patient_ids=[front.ids["Boyle"]])
    number = {"identifiers": [{"system": "lab", "value": "777-001"}]}
    assert (await front.send("PATCH", path, number, 403, own))["type"] == "/problems/forbidden"
    await front.send("PATCH", path, {"language": "de"}, 200, own)
    assert (await front.get(path, own))["identifiers"] == []
    await front.send("PATCH", path, number, 200, front.token("front-desk"))


@pytest.mark.parametrize(
    "change",
    [
        {"birth_date": "1955-02-30"},
        {"birth_date": "1655-02-03"},
        {"family_name": ""},
        {"family_name": "x" * 300},
        {"family_name": "a\u0000b"},
        {"family_name": "a\u0007b"},
        {"contacts": [{"channel": "fax", "value": "123"}]},
        {"contacts": [{"channel": "email", "value": "nobody"}]},
        {"contacts": [{"channel": "sms", "value": "none"}]},
        {"time_zone": "Mars/Olympus"},
        {"language": "?"},
        {"surname": "x"},
    ],
)
async def test_bad_patients(front: Front, change: dict[str, Any]) -> None:
    answer = await front.post("/v1/patients", MULLER | change, 422)
    assert answer["type"] == "/problems/invalid"
    assert "Lüdenscheidt" not in str(answer)


async def test_empty_searches_and_unknown_patients(front: Front) -> None:
    await front.post("/v1/patients/search", {}, 422)
    await front.post("/v1/patients/search", {"family_name": None}, 422)
    assert (await front.get(f"/v1/patients/{unknown()}"))["_status"] == 404
    await front.send("PATCH", f"/v1/patients/{unknown()}", {"language": "en"}, 404)
    await front.post(f"/v1/patients/{unknown()}/merge", {"merged_id": front.ids["Alba"]}, 404)
    booking = {
        "visit_type": "check-up",
        "starts_at": f"{MONDAY}T09:00:00-04:00",
        "resource_ids": [front.ids["Adams"]],
    }
    await front.post("/v1/appointments", booking | {"patient_id": unknown()}, 404)
