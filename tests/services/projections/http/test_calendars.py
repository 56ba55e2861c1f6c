"""A resource's calendar over HTTP: every topic's part of it."""

from datetime import timedelta

import pytest
import pytest_asyncio

from services.booking.events.appointments import (
    AppointmentCancelled,
    HoldExpired,
    SlotHeld,
)
from services.booking.events.setup import AbsenceAdded, AbsenceRemoved
from tests.services.projections.http.reading import HARBOR, calendar, of_kind, open_clinic
from tests.services.projections.telling import NINE, appointment, booked, moved, named
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def clinic(world: World) -> None:
    await open_clinic(world, "Dr. Chan", "Dr. Moved", "Dr. Hidden", "Dr. Late")


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
