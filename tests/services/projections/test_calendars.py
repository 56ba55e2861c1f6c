"""A resource's calendar over HTTP: every topic's part of it, each viewer's part of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from backbone.web.caller import Role
from services.booking.events.appointments import (
    AppointmentCancelled,
    HoldExpired,
    SlotHeld,
)
from services.booking.events.patients import PatientErased, PatientsMerged
from services.booking.events.setup import AbsenceAdded, AbsenceRemoved
from services.booking.values import WeeklyHours
from tests.services.projections.telling import NINE, appointment, booked, moved, named
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = {"from": "2026-03-02", "to": "2026-03-02"}
HARBOR, HILL = named("Harbor"), named("Hill")
CHAN = {"Dr. Chan": "provider"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def clinic(world: World) -> None:
    """A provider of Harbor who is also at Hill on Mondays, a room, and three patients."""
    await world.facility("Harbor")
    await world.facility("Hill")
    hours = [
        WeeklyHours(day="MO", from_time="09:00", to_time="12:00"),
        WeeklyHours(day="MO", from_time="13:00", to_time="17:00", facility_id=HILL),
    ]
    for name in ("Dr. Chan", "Dr. Moved", "Dr. Hidden", "Dr. Late", "Dr. Merged", "Dr. Erased", "Dr. Own"):
        await world.resource(name, "Harbor", weekly=hours)
    await world.resource("Room 1", "Harbor", "room")
    await world.patient("ana", "Abernathy", "Ana")
    await world.patient("ben", "Brandt", "Ben")
    await world.settled()


async def calendar(
    world: World,
    name: str,
    position: str | None,
    headers: dict[str, str] | None = None,
    query: Mapping[str, str] = DAY,
) -> dict[str, Any]:
    wanted = {**query, **({"at_least": position} if position else {})}
    answer = await world.get(f"/v1/calendars/{named(name)}", headers, wanted)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def of_kind(body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry for entry in body["entries"] if entry["kind"] == kind]


async def test_a_booking_stands_in_the_calendar_of_everything_that_it_takes(world: World) -> None:
    with_ = {"Dr. Chan": "provider", "Room 1": "room"}
    position = await world.happened(booked("a1", facility_id=HARBOR, patient_id=named("ana"), with_=with_))
    for name in with_:
        body = await calendar(world, name, position)
        (entry,) = of_kind(body, "appointment")
        assert entry == {
            "kind": "appointment",
            "appointment_id": str(named("a1")),
            "version": 1,
            "status": "booked",
            "starts_at": "2026-03-02T14:00:00Z",
            "ends_at": "2026-03-02T14:30:00Z",
            "facility_id": str(HARBOR),
            "visit_type": "check-up",
            "priority": "routine",
            "overridden": False,
            "patient": {
                "patient_id": str(named("ana")),
                "family_name": "Abernathy",
                "given_names": "Ana",
                "birth_date": "1969-07-20",
            },
        }
        assert body["resource_id"] == str(named(name))


async def test_it_is_closed_outside_the_weekly_hours_of_all_its_places(world: World) -> None:
    body = await calendar(world, "Dr. Chan", None)
    assert [(entry["starts_at"], entry["ends_at"]) for entry in of_kind(body, "closed")] == [
        ("2026-03-02T05:00:00Z", "2026-03-02T14:00:00Z"),
        ("2026-03-02T17:00:00Z", "2026-03-02T18:00:00Z"),
        ("2026-03-02T22:00:00Z", "2026-03-03T05:00:00Z"),
    ]


async def test_a_moved_visit_leaves_the_calendar_it_stood_in(world: World) -> None:
    await world.happened(booked("m1", facility_id=HARBOR, with_={"Dr. Moved": "provider", "Room 1": "room"}))
    tomorrow = NINE + timedelta(days=1)
    position = await world.happened(
        moved("m1", 2, tomorrow, facility_id=HARBOR, was_with="Dr. Moved", with_={"Dr. Hidden": "provider"})
    )
    assert of_kind(await calendar(world, "Dr. Moved", position), "appointment") == []
    room = of_kind(await calendar(world, "Room 1", position), "appointment")
    assert str(named("m1")) not in {entry["appointment_id"] for entry in room}
    there = await calendar(world, "Dr. Hidden", position, query={"from": "2026-03-03", "to": "2026-03-03"})
    assert [entry["appointment_id"] for entry in of_kind(there, "appointment")] == [str(named("m1"))]


async def test_cancelled_visits_and_holds_that_ran_out_are_gone(world: World) -> None:
    with_ = {"Dr. Hidden": "provider"}
    until = NINE - timedelta(days=2)
    await world.happened(booked("c1", facility_id=HARBOR, with_=with_))
    await world.happened(
        appointment(SlotHeld, "h1", 1, status="held", expires_at=until, facility_id=HARBOR, with_=with_)
    )
    await world.happened(
        appointment(SlotHeld, "h2", 1, status="held", facility_id=HARBOR, with_=with_, expires_at=until)
    )
    position = await world.happened(
        appointment(AppointmentCancelled, "c1", 2, status="cancelled", facility_id=HARBOR, with_=with_),
        appointment(HoldExpired, "h1", 2, status="cancelled", facility_id=HARBOR, with_=with_),
    )
    assert of_kind(await calendar(world, "Dr. Hidden", position), "appointment") == []


async def test_absences_and_delays_stand_beside_the_visits(world: World) -> None:
    head = {
        "originator_id": named("Dr. Late"),
        "timestamp": NINE,
        "resource_id": named("Dr. Late"),
        "facility_id": HARBOR,
    }
    times = {"starts_at": NINE + timedelta(hours=5), "ends_at": NINE + timedelta(hours=7)}
    surgery = {"absence_id": named("surgery"), **times}
    leave = {"absence_id": named("leave"), **times}
    position = await world.happened(
        AbsenceAdded.model_validate({**head, "originator_version": 3, **surgery, "reason": "surgery"}),
        AbsenceAdded.model_validate({**head, "originator_version": 4, **leave, "reason": "leave"}),
        AbsenceRemoved.model_validate({**head, "originator_version": 5, **leave}),
    )
    late = await world.http.post(
        "/v1/delays",
        json={"resource_id": str(named("Dr. Late")), "minutes": 25, "reason": "previous-visit"},
        params={"at_least": position},
        headers=world.token(),
    )
    assert late.status_code == 201, late.text
    body = await calendar(world, "Dr. Late", late.json()["position"])
    (absence,) = of_kind(body, "absence")
    assert (absence["reason"], absence["starts_at"]) == ("surgery", "2026-03-02T19:00:00Z")
    (delay,) = of_kind(body, "delay")
    assert (delay["minutes"], delay["reason"]) == (25, "previous-visit")
    assert (delay["starts_at"], delay["ends_at"]) == ("2026-03-02T14:00:00Z", "2026-03-03T05:00:00Z")

    cleared = await world.http.delete(f"/v1/delays/{named('Dr. Late')}", headers=world.token())
    assert of_kind(await calendar(world, "Dr. Late", cleared.json()["position"]), "delay") == []


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


async def test_seats_of_a_group_visit_stand_in_their_session(world: World) -> None:
    with_, session = {"Dr. Late": "provider"}, named("s0")
    position = await world.happened(
        booked("s0", facility_id=HARBOR, patient_id=None, seats=8, with_=with_),
        booked("s1", facility_id=HARBOR, patient_id=named("ana"), session_id=session, with_=with_),
        booked("s2", facility_id=HARBOR, patient_id=named("ben"), session_id=session, with_=with_),
    )
    await world.settled()
    (entry,) = of_kind(await calendar(world, "Dr. Late", position), "appointment")
    assert (entry["appointment_id"], entry["seats"]) == (str(session), 8)
    assert {each["patient"]["family_name"] for each in entry["attendees"]} == {"Abernathy", "Brandt"}
    herself = world.token("patient", patient_ids=[named("ana")])
    (own,) = (await calendar(world, "Dr. Late", position, herself))["entries"]
    assert (own["appointment_id"], own["session_id"]) == (str(named("s1")), str(session))


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


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "2026-01-01", "to": "2027-01-01"},
        {"from": "yesterday"},
        {"from": "2026-03-02T09:00"},
        {"at_least": "nonsense"},
    ],
)
async def test_a_senseless_question_gets_a_clear_problem(world: World, query: dict[str, str]) -> None:
    answer = await world.get(f"/v1/calendars/{named('Dr. Chan')}", query=query)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")


async def test_a_read_says_how_far_it_has_come_and_can_be_held_to_it(world: World) -> None:
    body = await calendar(world, "Dr. Chan", None)
    assert (await calendar(world, "Dr. Chan", body["position"]))["entries"] == body["entries"]
