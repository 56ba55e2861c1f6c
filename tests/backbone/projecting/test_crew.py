"""Several projections that one consumer reads for: together where all is well, else each for itself."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from aiokafka import TopicPartition

from backbone.cloudevents.partition import partition_of
from backbone.projecting import Heard, NotNow, Tables
from backbone.projecting.batching import Batch
from backbone.projecting.checkpoints import Lost
from backbone.projecting.crew import Crew
from backbone.projecting.dead_letter_desk import list_dead_letters
from backbone.projecting.engine import Engine
from tests.backbone.projecting.conftest import Ward
from tests.backbone.projecting.deliveries import Delivery, Shelf
from tests.backbone.projecting.members import crew_of, join, shown
from tests.backbone.projecting.stays import MOVED, STAYS, Stays


class Visitors(Stays):
    """The same of other tables, without the check; fails as often as it is told to."""

    name = "visitors"
    tables = Stays.tables.replace("stays", "visitors").replace("bed text CHECK (bed <> 'none')", "bed text")
    indexes = Stays.indexes.replace("stays", "visitors")

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        if self.errors:
            raise self.errors.pop(0)
        await super().fold(heard, Renamed(tables))


class Renamed(Tables):
    """The sample's statements, said of the other's tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        return await self._tables.fetch(sql.replace("stays{g}", "visitors{g}"), *args)

    async def write(self, sql: str, *args: Any, **options: Any) -> None:
        await self._tables.write(sql.replace("stays{g}", "visitors{g}"), *args, **options)


async def again(crew: Crew, shelf: Shelf, deliveries: Sequence[Delivery]) -> None:
    """A poll from where the consumer was sent."""
    places = {tp.partition: offset for tp, offset in shelf.seeks.items()}
    await shelf.deliver(crew, [d for d in deliveries if d.offset >= places[d.partition]])


@asynccontextmanager
async def transactions(engine: Engine) -> AsyncIterator[Counter[str]]:
    """How many were committed meanwhile, by what stands in the checkpoints: one leaves one time."""
    counted: Counter[str] = Counter()
    yield counted
    for row in await engine.pool.fetch("SELECT projection, updated_at FROM projection_checkpoints"):
        counted[str(row["updated_at"])] += 1


async def test_one_transaction_brings_all_up_to_date(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    crew = await crew_of(offline, shelf, Stays(), Visitors())
    stay = ward.admit()
    for _ in range(3):
        ward.move(stay)
    async with transactions(offline) as counted:
        await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert 2 in counted.values()  # of the one partition that moved, both checkpoints, at one time
    assert await shown(offline.pool, "stays") == await shown(offline.pool, "visitors") == ward.expected


async def test_who_must_wait_is_passed_by_and_gone_back_for(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    crew = await crew_of(offline, shelf, Stays(), Visitors(NotNow(), NotNow()))
    ward.bustle()
    first = shelf.put_all(ward.unpublished())
    await shelf.deliver(crew, first)
    assert await shown(offline.pool, "stays") == ward.expected
    assert await shown(offline.pool, "visitors") == {}
    ward.bustle()
    second = shelf.put_all(ward.unpublished())
    await shelf.deliver(crew, second)
    assert await shown(offline.pool, "stays") == ward.expected

    shelf.seeks.clear()
    crew.workers[1].rests_until = 0.001  # long ago
    await crew.missed(())
    everything = sorted([*first, *second], key=lambda d: (d.partition, d.offset))
    await again(crew, shelf, everything)
    assert await shown(offline.pool, "stays") == await shown(offline.pool, "visitors") == ward.expected
    assert await list_dead_letters(offline) == []


async def test_what_one_cannot_apply_the_other_does(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    crew = await crew_of(offline, shelf, Stays(), Visitors())
    ward.bustle(stays=3)
    stay = ward.admit()
    ward.log.add(STAYS, MOVED, stay, bed="none")
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool, "stays") == ward.expected
    assert await shown(offline.pool, "visitors") == ward.expected | {stay: ("none", 1)}
    assert [letter.projection for letter in await list_dead_letters(offline)] == ["stays"]


async def test_who_has_lost_a_partition_leaves_and_the_others_go_on(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    crew = await crew_of(offline, shelf, Stays(), Visitors())
    await offline.pool.execute("UPDATE projection_checkpoints SET epoch = 9 WHERE projection = 'visitors'")
    ward.bustle(stays=3)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool, "stays") == ward.expected
    assert await shown(offline.pool, "visitors") == {}
    assert isinstance(crew.workers[1].stopped.exception(), Lost)


async def test_who_joins_later_is_gone_back_for_and_the_others_apply_nothing_twice(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    crew = await crew_of(offline, shelf, Stays())
    ward.bustle()
    deliveries = shelf.put_all(ward.unpublished())
    await shelf.deliver(crew, deliveries)
    before = crew.seeks
    await join(crew, Visitors())
    assert set(shelf.seeks.values()) == {0}
    await crew.handle(Batch(deliveries[-3:], before))  # polled before that
    assert await shown(offline.pool, "visitors") == {}
    await again(crew, shelf, deliveries)
    assert await shown(offline.pool, "stays") == await shown(offline.pool, "visitors") == ward.expected


async def test_a_log_that_is_another_one_is_read_anew_by_each_from_its_own_place(offline: Engine) -> None:
    ward, alarms = Ward(), list[str]()
    stay = ward.admit()
    for n in range(5):
        ward.move(stay, f"bed {n}")
    rows = ward.unpublished()
    before, after = Shelf(), Shelf(markers=False)
    crew = await crew_of(replace(offline, alarm=alarms.append), before, Stays(), Visitors())
    await before.deliver(crew, before.put_all(rows))
    place = TopicPartition(before.prefix + STAYS, partition_of(str(stay)))
    # One goes back, and what it finds is a log in which the events have other offsets, and more follow.
    crew.workers[0].go_back()
    await crew.missed(())
    assert before.seeks[place] > len(rows)
    ward.move(stay, "room")
    anew = after.put_all([*rows, *ward.unpublished()])
    await after.deliver(crew, [d for d in anew if d.offset >= before.seeks[place]])
    ward.move(stay, "ward")
    anew += after.put_all(ward.unpublished())
    ward.move(stay, "home")
    anew += after.put_all(ward.unpublished())
    await after.deliver(crew, [d for d in anew if d.offset >= before.seeks[place]])
    assert before.seeks[place] == 0
    assert len(alarms) == 2
    await after.deliver(crew, anew)
    assert await shown(offline.pool, "stays") == await shown(offline.pool, "visitors") == ward.expected


@pytest.mark.parametrize("error", [OSError(), TimeoutError()])
async def test_when_the_database_is_away_all_wait_and_go_on_together(
    offline: Engine, error: Exception
) -> None:
    ward, shelf = Ward(), Shelf()
    crew = await crew_of(offline, shelf, Stays(), Visitors(error))
    ward.bustle(stays=3)
    deliveries = shelf.put_all(ward.unpublished())
    shelf.seeks.clear()
    await shelf.deliver(crew, deliveries)
    assert await shown(offline.pool, "stays") == {}
    await again(crew, shelf, deliveries)
    assert await shown(offline.pool, "stays") == await shown(offline.pool, "visitors") == ward.expected
