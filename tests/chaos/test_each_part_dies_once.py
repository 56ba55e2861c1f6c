"""kill -9 of every part, one after the other, under load; then connections cut, and freezes."""

from contextlib import AsyncExitStack

import pytest

from tests.chaos.cutting import cut_again_and_again
from tests.chaos.load import CALLERS
from tests.chaos.ordeal import Ordeal, ordeal
from tests.chaos.owning import epochs, until_all_changed_hands
from tests.support.waiting import eventually

SEED = "each once"
CUTS = 15


@pytest.mark.timeout(240)
async def test_what_was_acknowledged_stands_whatever_dies() -> None:
    async with ordeal(SEED, days=2) as under:
        for name in ("http", "relay", "projections", "PostgreSQL", "Kafka"):
            await under.house.victims[name].kill()
            under.say(f"{name} was killed and runs")
            await under.load.until_visible()
            under.say("everything works")
        await cut_again_and_again(under.house, under.load, CUTS)
        await under.load.until_visible()
        under.say(f"{CUTS} times all connections to PostgreSQL were cut")
        await freeze_the_answers(under)
        await freeze_the_leaders(under)
        assert len(under.house.deaths) == 5


async def freeze_the_answers(under: Ordeal) -> None:
    """Until callers have given up and ask again; then what they asked for is done, and asked for twice."""
    ledger = under.load.ledger
    lost = ledger.lost["ReadTimeout"]
    async with under.house.victims["http"].frozen():
        await eventually(lambda: ledger.lost["ReadTimeout"] >= lost + CALLERS, within=30)
    await under.load.until_visible()
    under.say("answers again")


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
