"""Kafka's disk is gone: an alarm, an empty broker, and every event published again by its sequence."""

import shutil

import pytest

from tests.chaos.ordeal import Ordeal
from tests.faults.probing import probing
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")
ALARM = "Kafka has lost events that it had; they are published again"


async def test_bookings_go_on_and_all_is_on_kafka_again(under: Ordeal) -> None:
    await under.load.until_visible()
    storage = under.house.data / "kafka" / "data"
    # In one step: Kafka, which still runs, would make files in a folder that is being emptied.
    lost = storage.rename(storage.with_name("lost"))
    await under.house.victims["Kafka"].kill()
    shutil.rmtree(lost)
    async with probing(under, "kafka lost") as probe:
        assert await probe.booked()
    await under.load.until_visible()
    logs = [under.house.data / "logs" / f"{name}.log" for name in ("relay", "standby")]
    await eventually(lambda: any(ALARM in log.read_text() for log in logs))
    # That nothing is missing or doubled is judged at the end, from every record that Kafka has.
