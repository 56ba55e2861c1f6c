"""PostgreSQL is restarted: 503 with Retry-After meanwhile, everything as before afterwards."""

import signal

import pytest

from tests.chaos.ordeal import Ordeal
from tests.faults.probing import probing
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_callers_are_told_to_come_back_and_it_goes_on(under: Ordeal) -> None:
    postgres = under.house.victims["PostgreSQL"].process()
    assert postgres is not None
    old = postgres.pid
    async with probing(under, "postgres restarted") as probe:
        postgres.send(signal.SIGINT)
        while not probe.refused:
            await probe.booked()
        await eventually(lambda: postgres.running and postgres.pid != old, within=30)
        await eventually(probe.booked, within=30)
        probe.assert_told_to_come_back()
    await under.load.until_visible()
