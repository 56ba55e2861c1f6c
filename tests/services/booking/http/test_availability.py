"""What is proposed can be booked, and what is taken is not proposed."""

from typing import Any

import pytest

from tests.services.booking.serving import MONDAY, Front, unknown
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def proposals(front: Front, **asked: Any) -> list[dict[str, Any]]:
    query: dict[str, Any] = {
        "visit_type": "check-up",
        "from": f"{MONDAY}T00:00:00-04:00",
        "to": f"{MONDAY}T23:00:00-04:00",
        "facility_id": front.ids["Main"],
        "limit": 200,
    }
    answer = await front.get("/v1/availability", **query | asked)
    assert answer["_status"] == 200, answer
    found: list[dict[str, Any]] = answer["proposals"]
    return found


def starts(found: list[dict[str, Any]]) -> set[str]:
    return {proposal["starts_at"][11:16] for proposal in found}


async def test_a_proposal_is_booked_as_it_is_and_gone_then(front: Front) -> None:
    await front.resource("Solo", "Main")
    only = {"resource_id": front.ids["Solo"]}
    found = await proposals(front, **only)
    assert found[0]["starts_at"] == "2030-03-11T13:00:00Z"
    assert len(found) == (17 - 9) * 12 - 5
    booked = await front.post("/v1/appointments", found[0] | {"patient_id": front.ids["Alba"]}, 201)
    after = await proposals(front, **only)
    assert starts(found) - starts(after) == {"13:00", "13:05", "13:10", "13:15", "13:20", "13:25"}

    own = await proposals(front, **only, appointment_id=booked["appointment_id"])
    assert starts(own) == starts(found)
    patient = await proposals(front, resource_id=front.ids["Baker"], patient_id=front.ids["Alba"])
    assert starts(patient) == starts(after)
    moved = await front.post(
        f"/v1/appointments/{booked['appointment_id']}/reschedule", own[1] | {"by": "patient"}, 200
    )
    assert moved["starts_at"] == "2030-03-11T13:05:00Z"
    held = await front.post("/v1/holds", (await proposals(front, **only))[0], 201)
    assert held["starts_at"] == "2030-03-11T13:35:00Z"


async def test_pages_follow_each_other_without_gap(front: Front) -> None:
    await front.resource("Pages", "Main")
    asked: dict[str, Any] = {
        "visit_type": "check-up",
        "from": f"{MONDAY}T00:00:00-04:00",
        "to": f"{MONDAY}T23:00:00-04:00",
        "resource_id": front.ids["Pages"],
        "facility_id": front.ids["Main"],
        "limit": 40,
    }
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    for _ in range(3):
        answer = await front.get("/v1/availability", **asked, **cursor)
        seen += [proposal["starts_at"] for proposal in answer["proposals"]]
        cursor = {"cursor": answer["next"]}
        if not answer["next"]:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == 91


async def test_staggered_needs_are_proposed_in_parts(front: Front) -> None:
    needs = [{"kind": "provider", "from_minute": 15, "minutes": 15}, {"kind": "room"}]
    await front.visit_type("staggered", 45, needs=needs, buffer_after_minutes=5)
    await front.resource("Stag", "Main")
    (first, *_) = await proposals(front, visit_type="staggered", resource_id=front.ids["Stag"])
    assert [part["starts_at"][11:16] for part in first["resources"]] == ["13:00", "12:45"]
    assert "resource_ids" not in first
    booked = await front.post("/v1/appointments", first | {"patient_id": front.ids["Boyle"]}, 201)
    assert len(booked["resource_ids"]) == 2
    (then, *_) = await proposals(front, visit_type="staggered", resource_id=front.ids["Stag"])
    assert then["starts_at"][11:16] == "13:35"


async def test_seats_of_a_session_are_proposed_until_it_is_full(front: Front) -> None:
    await front.visit_type("class", 60, seats=2)
    await front.resource("Tutor", "Main")
    asked = {"visit_type": "class", "resource_id": front.ids["Tutor"]}
    await front.post("/v1/appointments", front.wanted("Alba", "16:00", "Tutor", visit_type="class"), 201)

    async def at_four() -> bool:
        return "20:00" in starts(await proposals(front, **asked, patient_id=front.ids["Boyle"]))

    await eventually(at_four, within=5)
    assert "20:30" not in starts(await proposals(front, **asked))
    await front.post("/v1/appointments", front.wanted("Boyle", "16:00", "Tutor", visit_type="class"), 201)
    assert "20:00" not in starts(await proposals(front, **asked))


async def test_full_days_are_not_proposed(front: Front) -> None:
    await front.visit_type("limited", 30, daily_limit=1)
    await front.patient("Hall")
    body = front.wanted("Hall", "09:00", "Baker", visit_type="limited")
    booked = await front.post("/v1/appointments", body, 201)
    assert await proposals(front, visit_type="limited") == []
    assert await proposals(front, visit_type="limited", appointment_id=booked["appointment_id"])


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"visit_type": "none"}, 404),
        ({"facility_id": unknown()}, 404),
        ({"appointment_id": unknown()}, 404),
        ({"patient_id": unknown()}, 404),
        ({"from": "2030-03-11"}, 422),
        ({"to": "2031-03-11T00:00:00Z"}, 422),
        ({"to": "2020-03-11T00:00:00Z"}, 422),
        ({"resource": unknown()}, 422),
        ({"limit": 0}, 422),
        ({"limit": 1000}, 422),
        ({"cursor": "eHg"}, 422),
        ({"resource_id": "x"}, 422),
    ],
)
async def test_bad_searches(front: Front, asked: dict[str, Any], status: int) -> None:
    query = {
        "visit_type": "check-up",
        "from": f"{MONDAY}T00:00:00-04:00",
        "to": f"{MONDAY}T23:00:00-04:00",
    }
    assert (await front.get("/v1/availability", **query | asked))["_status"] == status


async def test_own_time_is_not_free_where_others_stand_on_it(front: Front) -> None:
    await front.resource("Crowded", "Main")
    await front.patient("Ives")
    await front.patient("Jett")
    mine = await front.book("Ives", "12:00", "Crowded")
    over = {"override": {"of": ["taken"], "reason_code": "emergency"}}
    await front.book("Jett", "12:00", "Crowded", **over)
    asked = {"resource_id": front.ids["Crowded"], "appointment_id": mine["appointment_id"]}
    found = starts(await proposals(front, **asked))
    assert "16:00" not in found
    assert "16:30" in found
    move = {"starts_at": f"{MONDAY}T12:00:00-04:00", "by": "clinic", "resource_ids": [front.ids["Baker"]]}
    await front.post(f"/v1/appointments/{mine['appointment_id']}/reschedule", move, 200)
