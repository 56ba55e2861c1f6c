"""A group visit moved over HTTP: with everybody in it, found and joined where it is now."""

from uuid import UUID

import pytest

from tests.services.booking.http.test_availability import proposals, starts
from tests.services.booking.serving import MONDAY, Front
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_session_moves_with_its_seats_or_not_at_all(front: Front) -> None:
    await front.visit_type("class", 60, seats=3)
    await front.resource("Evans", "Main")
    await front.patient("Third")
    seats = [await front.book(name, "10:00", "Evans", visit_type="class") for name in ("Alba", "Boyle")]
    (session,) = {seat["session_id"] for seat in seats}
    await front.book("Boyle", "14:30", "Baker")
    move = f"/v1/appointments/{session}/reschedule"

    to = {"starts_at": f"{MONDAY}T14:00:00-04:00", "by": "clinic", "reason_code": "room-flooded"}
    refused = await front.post(move, to, 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["patient"]
    assert {(await front.get(f"/v1/appointments/{seat['appointment_id']}"))["version"] for seat in seats} == {
        1
    }

    to["starts_at"] = f"{MONDAY}T10:30:00-04:00"
    moved = await front.post(move, to, 200)
    assert (moved["appointment_id"], moved["starts_at"]) == (session, "2030-03-11T14:30:00Z")
    for seat in seats:
        now = await front.get(f"/v1/appointments/{seat['appointment_id']}")
        assert (now["starts_at"], now["session_id"]) == (moved["starts_at"], session)
    hers = front.token("patient", patient_ids=[UUID(front.ids["Alba"])])
    await front.post(move, to | {"by": "patient"}, 404, hers)

    async def offered() -> bool:
        found = await proposals(front, visit_type="class", resource_id=front.ids["Evans"])
        return "14:30" in starts(found) and not {"14:00", "15:00"} & set(starts(found))

    await eventually(offered)
    third = await front.book("Third", "10:30", "Evans", visit_type="class")
    assert third["session_id"] == session
