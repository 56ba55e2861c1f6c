"""kill -9 of every part, one after the other, under load; then connections cut, and freezes."""

from contextlib import AsyncExitStack

import pytest

from tests.chaos.cutting import cut_again_and_again
from tests.chaos.load import CALLERS
from tests.chaos.ordeal import Ordeal
from tests.chaos.owning import epochs, until_all_changed_hands
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

CUTS = 15


@pytest.mark.parametrize("name", ["http", "relay", "projections", "PostgreSQL", "Kafka"])
async def test_who_is_killed_is_started_again_and_everything_works(under: Ordeal, name: str) -> None:
    deaths = len(under.house.deaths)
    await under.house.victims[name].kill()
    under.say(f"{name} was killed and runs")
    await under.load.until_visible()
    under.say("everything works")
    assert len(under.house.deaths) == deaths + 1


async def test_connections_cut_again_and_again(under: Ordeal) -> None:
    deaths = len(under.house.deaths)
    await cut_again_and_again(under.house, under.load, CUTS)
    await under.load.until_visible()
    under.say(f"{CUTS} times all connections to PostgreSQL were cut")
    assert len(under.house.deaths) == deaths


async def test_answers_are_frozen_and_what_was_asked_is_done_once(under: Ordeal) -> None:
    """Until callers have given up and ask again; then what they asked for is done, and asked for twice."""
    ledger = under.load.ledger
    lost = ledger.lost["ReadTimeout"]
    async with under.house.victims["http"].frozen():
        await eventually(lambda: ledger.lost["ReadTimeout"] >= lost + CALLERS, within=30)
    await under.load.until_visible()
    under.say("answers again")


async def test_leaders_are_frozen_and_notice_that_others_have_taken_over(under: Ordeal) -> None:
    """For longer than their sessions last: the standby takes everything over."""
    before = await epochs(under.house, "calendars")
    async with AsyncExitStack() as freezer:
        for name in ("relay", "projections"):
            await freezer.enter_async_context(under.house.victims[name].frozen())
        await until_all_changed_hands(under.house, "calendars", before)
        await under.load.until_visible()
        under.say("the standby has taken over from the frozen")
    await under.load.until_visible()
