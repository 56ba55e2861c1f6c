"""Kafka is restarted: bookings are accepted all the while, and seen afterwards."""

import signal

import pytest

from tests.chaos.ordeal import Ordeal
from tests.faults.probing import probing
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_bookings_do_not_depend_on_it(under: Ordeal) -> None:
    kafka = under.house.victims["Kafka"].process()
    assert kafka is not None
    old = kafka.pid
    async with probing(under, "kafka restarted") as probe:
        kafka.send(signal.SIGTERM)
        # Who watches starts it again within the blink of an eye: seen from here it may never be away.
        await eventually(lambda: not kafka.running or kafka.pid != old, within=20)
        for _ in range(10):
            assert await probe.booked()
        assert not probe.refused
    await eventually(lambda: kafka.running and kafka.pid != old, within=30)
    await under.load.until_visible()
