"""Kafka is frozen: bookings go on as if nothing were, who insists on seeing them is told to come back."""

import httpx
import pytest

from tests.chaos.ordeal import Ordeal
from tests.faults.probing import Probe, probing
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")


# The longer one outlasts clients' requests and sessions (10 s), and transactions (15 s).
@pytest.mark.parametrize("seconds", [3.0, pytest.param(30.0, marks=pytest.mark.long)])
async def test_bookings_do_not_notice_and_views_catch_up(under: Ordeal, seconds: float) -> None:
    async with probing(under, "kafka frozen") as probe:
        async with under.house.victims["Kafka"].frozen():
            under.say(f"Kafka frozen: {await probe.keeps_its_pace(seconds)}")
            last = await eventually(lambda: _booked(probe))
            assert (await _look(probe, last)).status_code == 503
        await eventually(lambda: _visible(probe, last), within=60)
    await under.load.until_visible()


async def _booked(probe: Probe) -> httpx.Response | None:
    """Once the clinic has room for it."""
    answer = await probe.book()
    return answer if answer.status_code == 201 else None


async def _look(probe: Probe, booked: httpx.Response) -> httpx.Response:
    visit = booked.json()
    stretch = {"from": visit["starts_at"], "to": visit["ends_at"], "at_least": visit["position"]}
    return await probe.http.get(f"/v1/calendars/{visit['resource_ids'][0]}", params=stretch)


async def _visible(probe: Probe, booked: httpx.Response) -> bool:
    answer = await _look(probe, booked)
    assert answer.status_code in (200, 503), answer.text
    return answer.status_code == 200 and booked.json()["appointment_id"] in answer.text
