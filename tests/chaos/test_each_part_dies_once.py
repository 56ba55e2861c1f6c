"""kill -9 of every part, one after the other, and a freeze of the leading workers, under load."""

from contextlib import AsyncExitStack

import pytest

from tests.chaos.ordeal import Ordeal, ordeal
from tests.chaos.owning import epochs, until_all_changed_hands

SEED = "each once"


@pytest.mark.timeout(240)
async def test_what_was_acknowledged_stands_whatever_dies() -> None:
    async with ordeal(SEED, days=2) as under:
        for name in ("http", "relay", "projections", "PostgreSQL", "Kafka"):
            await under.house.victims[name].kill()
            under.say(f"{name} was killed and runs")
            await under.load.until_visible()
            under.say("everything works")
        await freeze_the_leaders(under)
        assert under.load.ledger.lost, "no caller noticed anything: the faults tried nothing"
        assert len(under.house.deaths) == 5


async def freeze_the_leaders(under: Ordeal) -> None:
    """For longer than their sessions last: the standby takes everything over, and they must notice."""
    before = await epochs(under.house, "calendars")
    async with AsyncExitStack() as freezer:
        for name in ("relay", "projections"):
            await freezer.enter_async_context(under.house.victims[name].frozen())
        await until_all_changed_hands(under.house, "calendars", before)
        await under.load.until_visible()
        under.say("the standby has taken over from the frozen")
    await under.load.until_visible()
