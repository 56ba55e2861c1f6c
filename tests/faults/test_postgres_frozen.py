"""PostgreSQL is frozen: it answers nothing, closes nothing. Everybody is told soon, and nothing is lost."""

import asyncio
import time
from uuid import uuid4

import httpx
import pytest

from tests.chaos.ordeal import Ordeal
from tests.faults.probing import probing
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

TOLD_WITHIN_SECONDS = 5.0
AMPLE_SECONDS = 2.0
"""A busy machine's share."""
CALLERS = 4
"""Of each kind, at first and then every second."""


@pytest.mark.parametrize("seconds", [6.0, pytest.param(30.0, marks=pytest.mark.long)])
async def test_everybody_is_told_within_seconds_and_it_goes_on(under: Ordeal, seconds: float) -> None:
    async with probing(under, "postgres frozen") as probe:
        clinic = under.load.clinic
        visit = clinic.any_visit(probe.dice)
        at = {"from": visit["starts_at"], "to": clinic.end.isoformat()}
        looks = {
            f"/v1/calendars/{clinic.resources[0]}": at,
            "/v1/availability": at | {"visit_type": visit["visit_type"]},
            f"/v1/patients/{clinic.patients[0]}": {},
            "/v1/tasks": {},
            "/v1/facilities": {},
        }
        took: dict[str, float] = {}

        async def told(name: str, asked: "asyncio.Task[httpx.Response]", began: float) -> None:
            answer = await asked
            assert answer.status_code in (200, 201, 409, 503), answer.text
            assert answer.status_code != 503 or int(answer.headers["retry-after"]) >= 1
            took[name] = max(took.get(name, 0.0), time.monotonic() - began)

        def ask(tasks: asyncio.TaskGroup) -> None:
            now = time.monotonic()
            for _ in range(CALLERS):
                asks = {path: probe.http.get(path, params=params) for path, params in looks.items()}
                asks["a booking"] = probe.ask(clinic.any_visit(probe.dice), str(uuid4()))
                for name, asked in asks.items():
                    tasks.create_task(told(name, asyncio.create_task(asked), now))

        async with asyncio.TaskGroup() as tasks:
            ask(tasks)
            async with under.house.victims["PostgreSQL"].frozen():
                until = time.monotonic() + seconds
                while time.monotonic() < until - 2:
                    await asyncio.sleep(1)
                    ask(tasks)
                await asyncio.sleep(2)
        under.say(f"told at most after { ({name: round(t, 1) for name, t in took.items()}) }")
        assert max(took.values()) < TOLD_WITHIN_SECONDS + AMPLE_SECONDS
        probe.assert_told_to_come_back()
        await eventually(probe.booked, within=30)
    await under.load.until_visible()
