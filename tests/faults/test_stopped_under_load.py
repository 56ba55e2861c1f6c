"""SIGTERM while 64 callers book: what was accepted is finished and answered, then it ends well."""

import asyncio
import signal
import time
from functools import partial
from uuid import uuid4

import httpx
import pytest

from tests.chaos.ordeal import Ordeal
from tests.faults.probing import probing
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

CALLERS = 64
END_SECONDS = 10.0


async def test_what_was_accepted_is_done_and_told(under: Ordeal) -> None:
    process = under.house.victims["http"].process()
    assert process is not None
    deaths, answers = len(under.house.deaths), 0
    told_to_end = asyncio.Event()

    async with probing(under, "stopped") as probe:

        async def caller() -> None:
            """Until it is told to end: then one more answer, or none, which is asked about later."""
            nonlocal answers
            while not told_to_end.is_set():
                wanted, key = under.load.clinic.any_visit(probe.dice), str(uuid4())
                try:
                    answer = await probe.ask(wanted, key)
                except httpx.TransportError:
                    # It had not been taken on: asked again, it is done now, not answered from memory.
                    assert told_to_end.is_set()
                    answer = await eventually(partial(_again, wanted, key), within=30)
                    assert "idempotent-replayed" not in answer.headers
                assert answer.status_code in (201, 409), answer.text
                answers += 1

        async def _again(wanted: dict[str, object], key: str) -> httpx.Response | None:
            try:
                return await probe.ask(wanted, key)
            except httpx.TransportError:
                return None

        async with asyncio.TaskGroup() as callers:
            for _ in range(CALLERS):
                callers.create_task(caller())
            await eventually(lambda: answers > 4 * CALLERS)
            began = time.monotonic()
            process.send(signal.SIGTERM)
            told_to_end.set()
            await eventually(lambda: not process.running, within=END_SECONDS)
            under.say(f"{CALLERS} callers answered; ended {time.monotonic() - began:.2f} s after SIGTERM")
    await eventually(lambda: len(under.house.deaths) > deaths)
    assert under.house.deaths[deaths].startswith("http ended with status 0 ")
    await under.load.until_visible()
