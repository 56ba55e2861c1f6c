"""Kafka is far and the line narrow, then swallows everything: bookings keep their pace, views come later."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.ordeal import Ordeal
from tests.faults.probing import probing
from tests.support.slow_line import SlowLine

pytestmark = pytest.mark.asyncio(loop_scope="package")

DELAY_SECONDS = 0.1
"""In each direction: a transaction of the relay, three round trips and more, takes most of a second."""
BYTES_PER_SECOND = 1_000_000
SLOW_SECONDS = 4.0


@asynccontextmanager
async def slow(line: SlowLine) -> AsyncIterator[None]:
    """As if Kafka stood on the other side of the world."""
    line.delay_seconds, line.bytes_per_second = DELAY_SECONDS, BYTES_PER_SECOND
    try:
        yield
    finally:
        line.opens()
        line.delay_seconds, line.bytes_per_second = 0.0, float("inf")


# The longer one outlasts requests and sessions (10 s), and transactions (15 s).
@pytest.mark.parametrize("swallowed", [3.0, pytest.param(30.0, marks=pytest.mark.long)])
async def test_bookings_keep_their_pace_and_nothing_is_lost_or_doubled(
    under: Ordeal, swallowed: float
) -> None:
    line = under.house.line
    async with probing(under, "kafka slow") as probe, slow(line):
        under.say(f"slow: {await probe.keeps_its_pace(SLOW_SECONDS)}")
        await under.load.until_visible()
        under.say("views come along")
        line.swallows()
        passed = line.passed
        under.say(f"swallowed: {await probe.keeps_its_pace(swallowed)}")
        assert line.passed == passed
        line.opens()
        await under.load.until_visible()
        under.say("views come along again")
    await under.load.until_visible()
    # That all of it is on Kafka once, in order and without gaps, is judged at the end.
