"""A resource's calendar over HTTP: each viewer's part of it, and what is on record of that."""

from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from backbone.web.caller import Role
from services.booking.events.patients import PatientErased, PatientsMerged
from tests.services.projections.http.reading import DAY, HARBOR, HILL, calendar, of_kind, open_clinic
from tests.services.projections.telling import NINE, booked, named
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def clinic(world: World) -> None:
    await open_clinic(world, "Dr. Hidden", "Dr. Merged", "Dr. Erased", "Dr. Own")


async def test_each_role_is_shown_what_it_needs_to_know(world: World) -> None:
    with_ = {"Dr. Own": "provider"}
    position = await world.happened(
        booked("o1", facility_id=HARBOR, patient_id=named("ana"), with_=with_),
        booked("o2", 1, NINE + timedelta(hours=1), facility_id=HARBOR, patient_id=named("ben"), with_=with_),
    )
    expected: dict[Role, list[str | None]] = {
        "clinician": ["Abernathy", "Brandt"],
        "coder": [None, None],
        "ops": [],
    }
    for role, names in expected.items():
        body = await calendar(world, "Dr. Own", position, world.token(role))
        patients = [entry["patient"] for entry in of_kind(body, "appointment") if "patient" in entry]
        assert [patient.get("family_name") for patient in patients] == names
    herself = world.token("patient", patient_ids=[named("ana")])
    body = await calendar(world, "Dr. Own", position, herself)
    assert [entry["appointment_id"] for entry in body["entries"]] == [str(named("o1"))]
    assert "Brandt" not in str(body)
    assert str(named("ben")) not in str(body)


async def test_what_was_shown_is_on_record(world: World) -> None:
    with_ = {"Room 1": "room"}
    seen = named("seen once")
    position = await world.happened(booked("r1", facility_id=HARBOR, patient_id=seen, with_=with_))
    await calendar(world, "Room 1", position, world.token("ops"))
    assert await world.accesses(seen) == []
    await calendar(world, "Room 1", position, world.token("coder"))
    (record,) = await world.accesses(seen)
    assert (record["action"], record["outcome"]) == ("calendars.read", "disclosed")


async def test_a_merged_patient_is_shown_as_the_survivor(world: World) -> None:
    await world.patient("anna", "Abernaty", "Anna")
    position = await world.happened(
        booked("g1", facility_id=HARBOR, patient_id=named("anna"), with_={"Dr. Merged": "provider"}),
        PatientsMerged(
            originator_id=named("anna"),
            originator_version=2,
            timestamp=NINE,
            patient_id=named("anna"),
            survivor_id=named("ana"),
            merged_id=named("anna"),
        ),
    )
    (entry,) = of_kind(await calendar(world, "Dr. Merged", position), "appointment")
    assert (entry["patient"]["patient_id"], entry["patient"]["family_name"]) == (
        str(named("ana")),
        "Abernathy",
    )
    herself = world.token("patient", patient_ids=[named("ana")])
    assert len((await calendar(world, "Dr. Merged", position, herself))["entries"]) == 1


async def test_an_erased_patient_leaves_a_marker(world: World) -> None:
    await world.patient("gone", "Vanished", "Vera")
    await world.privacy.destroy_keys([named("gone")])
    with_ = {"Dr. Erased": "provider"}
    position = await world.happened(
        booked("e1", facility_id=HARBOR, patient_id=named("gone"), with_=with_),
        PatientErased(
            originator_id=named("gone"),
            originator_version=2,
            timestamp=NINE,
            patient_id=named("gone"),
            reason_code="asked",
        ),
    )
    (entry,) = of_kind(await calendar(world, "Dr. Erased", position), "appointment")
    assert entry["patient"] == {"patient_id": str(named("gone")), "erased": True}


async def test_another_facility_shows_times_only_or_does_not_exist(world: World) -> None:
    position = await world.happened(
        booked("hidden 1", facility_id=HARBOR, patient_id=named("ben"), with_={"Dr. Hidden": "provider"})
    )
    hill = world.token("scheduler", facility_ids=[HILL])
    (entry,) = of_kind(await calendar(world, "Dr. Hidden", position, hill), "appointment")
    assert entry == {
        "kind": "appointment",
        "starts_at": "2026-03-02T14:00:00Z",
        "ends_at": "2026-03-02T14:30:00Z",
    }
    assert (await world.get(f"/v1/calendars/{named('Room 1')}", hill, DAY)).status_code == 404
    assert (await world.get(f"/v1/calendars/{uuid4()}", query=DAY)).status_code == 404
