"""A caller keeps a few times on hold at once, however many are asked for together."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.services.booking.serving import MONDAY, Front

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST = 3


def times(front: Front) -> list[dict[str, Any]]:
    """Eighty, none of which meets another."""
    return [
        {
            "visit_type": "check-up",
            "starts_at": f"{MONDAY + timedelta(days=day)}T{9 + half // 2:02}:{half % 2 * 30:02}:00-04:00",
            "resource_ids": [front.ids["Adams"]],
            "patient_id": front.ids["Alba"],
            "expires_in_seconds": 600,
        }
        for day in range(5)
        for half in range(16)
    ]


async def test_of_eighty_asked_for_at_once_a_patient_gets_three(front: Front) -> None:
    patient = front.token("patient", subject="alba", patient_ids=[front.ids["Alba"]])
    wanted = times(front)
    answers = await asyncio.gather(*(front.post("/v1/holds", each, None, patient) for each in wanted))
    held = [answer["appointment_id"] for answer in answers if answer["_status"] == 201]
    refused = [answer for answer in answers if answer["_status"] == 409]
    assert (len(held), len(refused)) == (MOST, len(wanted) - MOST)
    assert {(each["type"], len(each.get("conflicts", ()))) for each in refused} == {
        ("/problems/too-many-holds", 0)
    }
    free = [each for each, answer in zip(wanted, answers, strict=True) if answer["_status"] == 409]

    async def next_one(status: int) -> None:
        answer = await front.post("/v1/holds", free.pop(), status, patient)
        held.extend([answer["appointment_id"]] if status == 201 else [])

    # One is given back, by the desk, and one is booked: each makes room for another.
    await front.send("DELETE", f"/v1/holds/{held[0]}", None, 200)
    await next_one(201)
    await front.post("/v1/appointments", {"hold": held[1]}, 201, patient)
    await next_one(201)
    await next_one(409)
    # What nobody takes up runs out, the booking stays.
    front.clock.advance(timedelta(seconds=601))
    for _ in range(MOST):
        await next_one(201)
    await next_one(409)
    assert (await front.get(f"/v1/appointments/{held[1]}"))["status"] == "booked"
    # Somebody else's are not counted with them.
    other = front.token("front-desk", subject="desk")
    await front.post("/v1/holds", free.pop(), 201, other)


async def test_what_is_taken_is_told_besides(front: Front) -> None:
    patient = front.token("patient", subject="boyle", patient_ids=[front.ids["Boyle"]])
    week = [each | {"patient_id": front.ids["Boyle"]} for each in times(front)]
    await asyncio.gather(*(front.post("/v1/holds", each, None, patient) for each in week))
    desk = [(await front.post("/v1/holds", each))["_status"] for each in week[:8]]
    booked = week[desk.index(201)]
    refused = await front.post("/v1/holds", booked, 409, patient)
    assert refused["type"] == "/problems/too-many-holds"
    assert {conflict["kind"] for conflict in refused["conflicts"]} == {"provider", "patient"}
