"""Every write says in which roles and for what purpose it was done."""

from datetime import timedelta

import pytest

from tests.services.booking.serving import Front

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_history_tells_who_in_which_role_and_why(front: Front) -> None:
    booked = await front.book("Alba", "09:00")
    path = f"/v1/appointments/{booked['appointment_id']}"
    treating = front.token("clinician") | {"Purpose-Of-Use": "TREAT"}
    await front.post(f"{path}/confirm", {}, 200, treating)
    first, second = (await front.get(f"{path}/history"))["events"]
    assert (first["roles"], first["purpose"]) == (["scheduler"], "HOPERAT")
    assert (second["roles"], second["purpose"]) == (["clinician"], "TREAT")
    assert second["who"]


async def test_what_the_system_does_by_itself_has_no_purpose(front: Front) -> None:
    held = await front.post("/v1/holds", front.wanted("Alba", "11:00", expires_in_seconds=5), 201)
    front.clock.advance(timedelta(seconds=6))
    await front.book("Boyle", "11:00")
    path = f"/v1/appointments/{held['appointment_id']}/history"
    expired = (await front.get(path))["events"][-1]
    assert (expired["status"], expired["roles"], expired["purpose"]) == ("cancelled", [], None)
