"""A publisher that is told to end while it is still connecting leaves nothing open."""

import asyncio

import pytest

from backbone.alarm import log_alarm
from backbone.commanding import publishing
from backbone.kafka import Kafka
from backbone.obstacles import Obstacles


class SlowProducer:
    """As aiokafka's: a connection that is under way when ``start`` is cancelled is never closed."""

    def __init__(self, **_: object) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.happened: list[str] = []

    async def start(self) -> None:
        self.begun.set()
        try:
            await self.go_on.wait()
            self.happened.append("started")
        except asyncio.CancelledError:
            self.happened.append("cut off")
            raise

    async def stop(self) -> None:
        self.happened.append("stopped")


async def test_a_start_under_way_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    producer = SlowProducer()
    monkeypatch.setattr(publishing, "AIOKafkaProducer", lambda **_: producer)

    async def work() -> None:
        kafka = Kafka("nowhere:9092")
        async with publishing.publishing(kafka, Obstacles("answers", kafka, {}, log_alarm)):
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await producer.begun.wait()
    working.cancel()
    await asyncio.sleep(0)
    producer.go_on.set()
    await asyncio.wait([working])
    assert producer.happened == ["started", "stopped"]
