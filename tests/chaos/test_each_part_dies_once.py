"""kill -9 of every part, one after the other, and a freeze of the leading workers, under load."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.chaos.ordeal import ordeal

SEED = "each once"


@pytest.mark.timeout(240)
async def test_what_was_acknowledged_stands_whatever_dies() -> None:
    async with ordeal(SEED, days=2) as under:
        for name in ("http", "relay", "projections", "PostgreSQL", "Kafka"):
            await under.house.victims[name].kill()
            under.say(f"{name} was killed and runs")
            await under.load.until_visible()
            under.say("everything works")

        # Longer than their sessions last: the standby takes over from both, and they must notice.
        async with AsyncExitStack() as freezer:
            for name in ("relay", "projections"):
                await freezer.enter_async_context(under.house.victims[name].frozen())
            await under.load.until_visible()
            under.say("the standby has taken over")
        await under.load.until_visible()
        under.say("the frozen ones are back")

        assert under.load.ledger.lost, "no caller noticed anything: the faults tried nothing"
        assert len(under.house.deaths) == 5
    assert asyncio.all_tasks() == {asyncio.current_task()}
