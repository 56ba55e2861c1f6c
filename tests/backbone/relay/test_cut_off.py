"""Who is cut off while a client of Kafka starts leaves no connection open: pytest fails on any it finds."""

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from backbone.kafka import Kafka
from backbone.relay.publisher import publishing
from backbone.relay.tail import read_tails
from tests.backbone.relay.conftest import SOURCE, TOPICS, Setting


async def read(kafka: Kafka) -> None:
    await read_tails(kafka, TOPICS)


async def publish(kafka: Kafka) -> None:
    async with publishing(kafka, "relay", SOURCE):
        pass


@pytest.mark.parametrize("work", [read, publish])
async def test_who_is_cut_off_in_a_start_leaves_no_connection_open(
    setting: Setting, work: Callable[[Kafka], Awaitable[None]]
) -> None:
    for milliseconds in range(0, 40, 2):
        working = asyncio.ensure_future(work(setting.kafka))
        await asyncio.wait([working], timeout=milliseconds / 1000)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        gc.collect()
