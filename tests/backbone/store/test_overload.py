"""More is asked than the store can do: what it takes on it does in time, the rest is refused at once."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from backbone.ids import new_id
from backbone.store.batcher import Batcher
from backbone.store.commit import Batch, Committed
from backbone.store.decision import Accepted
from backbone.store.errors import Overloaded
from backbone.store.mapper import EventMapper
from backbone.store.pace import Pace
from backbone.store.prepared import Prepared, prepare
from tests.backbone.store.clinic import clinic_mapper
from tests.backbone.store.decisions import book
from tests.support.waiting import eventually

EACH_SECONDS = 0.002
"""So a store that does 500 a second."""


class SlowWriter:
    """Takes its time over each decision, or stops altogether."""

    def __init__(self) -> None:
        self.going = asyncio.Event()
        self.going.set()

    async def run(self, batch: Batch, due: Sequence[UUID] = ()) -> Committed:
        await self.going.wait()
        await asyncio.sleep(EACH_SECONDS * len(batch))
        return Committed([Accepted({}, 1, 1) for _ in batch], 0)

    async def close(self) -> None:
        return None


def slow_batcher(writer: Any, longest_wait: float) -> Batcher:
    return Batcher(writer, pace=Pace(longest_wait, 2_000), max_batch=64)


def item(mapper: EventMapper) -> Prepared:
    return prepare(book(new_id()), mapper)


async def test_what_is_accepted_is_done_in_time_and_the_rest_learns_at_once() -> None:
    batcher, mapper, clock = slow_batcher(SlowWriter(), 0.25), clinic_mapper(), asyncio.get_running_loop()
    batcher.open()
    accepted: list[float] = []
    refused: list[float] = []

    async def caller() -> None:
        asked = item(mapper)
        began = clock.time()
        try:
            await batcher.submit(asked)
            accepted.append(clock.time() - began)
        except Overloaded:
            refused.append(clock.time() - began)

    async with asyncio.TaskGroup() as callers:
        end = clock.time() + 2.0
        while clock.time() < end:  # four times as many as it can do
            for _ in range(20):
                callers.create_task(caller())
            await asyncio.sleep(0.01)
    await batcher.close()
    assert len(accepted) > 600, "it does what it can"
    assert len(refused) > len(accepted)
    # What waits, what runs, and its own batch: 0.25 + 2 * 64 * 0.002 s. Without a bound it would be 6 s.
    assert max(accepted) < 1.5
    assert sorted(refused)[len(refused) * 99 // 100] < 0.01


async def test_who_waits_behind_a_store_that_has_stopped_is_told() -> None:
    writer, mapper = SlowWriter(), clinic_mapper()
    batcher = slow_batcher(writer, 0.05)
    batcher.open()
    writer.going.clear()
    first = asyncio.create_task(batcher.submit(item(mapper)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(batcher.submit(item(mapper))) for _ in range(3)]
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in told} == {Overloaded}
    assert not first.done(), "nobody knows what becomes of it"
    with pytest.raises(Overloaded):
        await batcher.submit(item(mapper))
    writer.going.set()
    assert isinstance(await first, Accepted)

    async def goes_again() -> bool:
        return isinstance(await batcher.submit(item(mapper)), Accepted)

    await eventually(goes_again)
    await batcher.close()
