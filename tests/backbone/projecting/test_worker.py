"""What comes, comes again, or comes out of its place is applied once, and by its owner."""

from dataclasses import replace

import pytest
from aiokafka import TopicPartition

from backbone.projecting import NotNow
from backbone.projecting.batching import Batch
from backbone.projecting.checkpoints import Lost
from backbone.projecting.dead_letter_desk import list_dead_letters
from backbone.projecting.engine import Engine
from tests.backbone.projecting.conftest import Ward
from tests.backbone.projecting.deliveries import Shelf
from tests.backbone.projecting.members import Moody, member, shown
from tests.backbone.projecting.stays import STAYS


async def test_what_comes_twice_is_applied_once(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.bustle()
    crew = await member(offline, shelf)
    deliveries = shelf.put_all(ward.unpublished())
    await shelf.deliver(crew, deliveries)
    await shelf.deliver(crew, deliveries)
    await shelf.deliver(crew, deliveries[len(deliveries) // 2 :])
    assert await shown(offline.pool) == ward.expected


async def test_the_next_owner_goes_on_where_the_last_one_stopped(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay = ward.admit()
    first = await member(offline, shelf)
    (admitted,) = shelf.put_all(ward.unpublished())
    await shelf.deliver(first, [admitted])
    await first.revoke([TopicPartition(admitted.topic, admitted.partition)])
    second = await member(offline, shelf)
    assert shelf.seeks[TopicPartition(admitted.topic, admitted.partition)] == admitted.offset
    ward.move(stay)
    (moved,) = shelf.put_all(ward.unpublished())
    await shelf.deliver(first, [admitted, moved])
    await shelf.deliver(second, [admitted, moved])
    assert await shown(offline.pool) == ward.expected


async def test_an_owner_that_slept_through_a_change_writes_nothing(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.bustle(stays=3)
    asleep = await member(offline, shelf)
    awake = await member(offline, shelf)
    deliveries = shelf.put_all(ward.unpublished())
    await shelf.deliver(asleep, deliveries)
    assert isinstance(asleep.workers[0].stopped.exception(), Lost)
    assert await shown(offline.pool) == {}
    await shelf.deliver(awake, deliveries)
    assert await shown(offline.pool) == ward.expected


async def test_a_poll_from_before_the_place_was_known_is_not_applied(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.bustle(stays=1)
    crew = await member(offline, shelf)
    deliveries = shelf.put_all(ward.unpublished())
    await crew.handle(Batch(deliveries[3:], crew.seeks - 1))
    assert await shown(offline.pool) == {}
    await shelf.deliver(crew, deliveries)
    assert await shown(offline.pool) == ward.expected


@pytest.mark.parametrize("error", [NotNow(), OSError(), TimeoutError()])
async def test_a_fold_that_cannot_work_now_gets_the_same_records_again(
    offline: Engine, error: Exception
) -> None:
    ward, shelf = Ward(), Shelf()
    ward.bustle(stays=2)
    crew = await member(offline, shelf, Moody(error))
    deliveries = shelf.put_all(ward.unpublished())
    shelf.seeks.clear()
    await shelf.deliver(crew, deliveries)
    assert await shown(offline.pool) == {}
    assert set(shelf.seeks.values()) == {0}
    await shelf.deliver(crew, deliveries)
    assert await shown(offline.pool) == ward.expected
    assert await list_dead_letters(offline) == []


async def test_a_log_filled_again_with_other_offsets_is_noticed_and_read_from_its_start(
    offline: Engine,
) -> None:
    ward, alarms = Ward(), list[str]()
    stay = ward.admit()
    for n in range(5):
        ward.move(stay, f"bed {n}")
    rows = ward.unpublished()
    before, after = Shelf(), Shelf(markers=False)
    crew = await member(replace(offline, alarm=alarms.append), before)
    await before.deliver(crew, before.put_all(rows))
    await before.assign(crew, STAYS)
    for n in range(5):
        ward.move(stay, f"room {n}")
    anew = after.put_all([*rows, *ward.unpublished()])
    place = TopicPartition(anew[0].topic, anew[0].partition)
    assert before.seeks[place] > len(rows)  # going on from there would pass over what is new before it
    await after.deliver(crew, anew[before.seeks[place] :])
    assert before.seeks[place] == 0
    assert len(alarms) == 1
    await after.deliver(crew, anew)
    assert await shown(offline.pool) == ward.expected


async def test_a_log_in_which_nothing_stands_at_our_place_is_read_from_its_start(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.bustle(stays=1)
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    await shelf.assign(crew, STAYS)
    (((one, tp), offset),) = crew.unverified.items()
    assert shelf.seeks[tp] == offset > 0
    await crew.missed([(one, tp)])
    assert shelf.seeks[tp] == 0
    assert crew.unverified == {}


async def test_types_of_which_no_version_is_heard_are_passed_over(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay = ward.admit()
    for event_type in ("almanac.sample.PatientMovedOut.v1", "almanac.sample.PatientMoved.v1x", "com.other"):
        ward.log.add(STAYS, event_type, stay)
    ward.move(stay)
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected
    assert await list_dead_letters(offline) == []
