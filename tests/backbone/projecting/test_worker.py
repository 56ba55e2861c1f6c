from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from pydantic import AliasPath, Field

from backbone.projecting import Heard, NotNow, Tables
from backbone.projecting.batching import Batch
from backbone.projecting.checkpoints import Lost
from backbone.projecting.committing import TooManyParked
from backbone.projecting.crew import Crew
from backbone.projecting.dead_letter_desk import list_dead_letters, request_retry, show_dead_letter
from backbone.projecting.engine import Engine
from backbone.projecting.generations import ensure_live
from backbone.projecting.listening import UNKNOWN_VERSION
from backbone.projecting.tables import Pool
from tests.backbone.projecting.conftest import Ward
from tests.backbone.projecting.deliveries import Delivery, Shelf
from tests.backbone.projecting.stays import MOVED, STAYS, Moved, Stays


class Moody(Stays):
    """Fails as often as it is told to."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        await super().fold(heard, tables)
        if self.errors:
            raise self.errors.pop(0)


async def member(engine: Engine, shelf: Shelf, projection: Stays | None = None) -> Crew:
    """A crew of one."""
    projection = projection or Stays()
    async with engine.pool.acquire() as connection:
        live = await ensure_live(connection, projection)
    crew = Crew(engine, shelf.seek)
    await crew.join(projection, live.number)
    await shelf.assign(crew, STAYS)
    return crew


async def shown(pool: Pool) -> dict[UUID, tuple[str | None, int]]:
    return {row["stay_id"]: (row["bed"], row["moves"]) for row in await pool.fetch("SELECT * FROM stays_g1")}


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
    assert await list_dead_letters(offline.pool) == []


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


async def test_a_bad_event_parks_its_key_and_nothing_else(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    bad, good = ward.admit(), [ward.admit() for _ in range(9)]
    ward.log.add(STAYS, MOVED, bad, bed="none")  # against the table's check: found by halves
    for stay in good:
        ward.move(stay)
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    ward.log.add(STAYS, MOVED, bad, bed="3c")
    ward.move(good[1])
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected
    letters = await list_dead_letters(offline.pool)
    assert [(letter.key, letter.cause) for letter in letters] == [(str(bad), "poison"), (str(bad), "behind")]
    assert "CheckViolationError" in letters[0].error

    ward.log.add(STAYS, MOVED, bad, bed="4d")
    ward.move(good[0])
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected
    assert len(await list_dead_letters(offline.pool)) == 3


async def test_an_event_that_does_not_fit_is_described_without_its_content(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay = ward.admit()
    ward.log.add(STAYS, MOVED, stay, bed={"family_name": "Ashgrove"})
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    (letter,) = await list_dead_letters(offline.pool)
    assert letter.error == "bed: string_type"
    assert await show_dead_letter(offline.pool, letter.id) == letter


async def test_an_unknown_version_is_set_aside_with_its_key_until_it_is_known(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay, other = ward.admit(), ward.admit()
    moved_v2 = MOVED.replace(".v1", ".v2")
    ward.log.add(STAYS, moved_v2, stay, place={"bed": "3c"})
    ward.log.add(STAYS, MOVED, stay, bed="4d")
    ward.move(other)
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected
    letters = await list_dead_letters(offline.pool)
    assert [(letter.ce_type, letter.cause, letter.error) for letter in letters] == [
        (moved_v2, "poison", UNKNOWN_VERSION),
        (MOVED, "behind", ""),
    ]

    class Updated(Stays):
        hears: ClassVar = {**Stays.hears, moved_v2: MovedV2}

    updated = await member(offline, shelf, Updated())
    await request_retry(offline.pool)
    await updated.retry(updated.workers[0])
    ward.expected[stay] = ("4d", 2)
    assert await shown(offline.pool) == ward.expected
    assert await list_dead_letters(offline.pool) == []


class MovedV2(Moved):
    bed: str = Field(validation_alias=AliasPath("place", "bed"))


async def test_types_of_which_no_version_is_heard_are_passed_over(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay = ward.admit()
    for event_type in ("almanac.sample.PatientMovedOut.v1", "almanac.sample.PatientMoved.v1x", "com.other"):
        ward.log.add(STAYS, event_type, stay)
    ward.move(stay)
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected
    assert await list_dead_letters(offline.pool) == []


async def test_a_record_that_is_no_cloudevent_does_not_hold_up_the_others(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.bustle(stays=3)
    deliveries = shelf.put_all(ward.unpublished())
    last = deliveries[-1]
    strange = Delivery(
        last.topic, last.partition, last.offset + 1, b"\xff\x00", None, [("ce_id", b"\xfe\x00"), ("\0", b"")]
    )
    crew = await member(offline, shelf)
    await shelf.deliver(crew, [*deliveries, strange])
    assert await shown(offline.pool) == ward.expected
    (letter,) = await list_dead_letters(offline.pool)
    assert letter.error == "ce_specversion is not 1.0"


async def test_a_retry_applies_what_was_parked_in_order(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay = ward.admit()
    ward.move(stay, "2b")
    ward.move(stay, "3c")
    crew = await member(offline, shelf, Moody(ValueError(), ValueError(), ValueError()))
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    first, *_ = await list_dead_letters(offline.pool)
    assert await shown(offline.pool) == {}
    assert await request_retry(offline.pool, first.id) == 3
    await crew.retry(crew.workers[0])
    assert await shown(offline.pool) == ward.expected
    assert await list_dead_letters(offline.pool) == []
    ward.discharge(stay)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected


async def test_a_retry_that_fails_again_leaves_everything_parked(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.admit()
    for _ in range(2):
        ward.log.add(STAYS, MOVED, UUID(int=7), bed="3c")  # never admitted
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await request_retry(offline.pool, projection="stays") == 2
    await crew.retry(crew.workers[0])
    letters = await list_dead_letters(offline.pool)
    assert [(letter.cause, letter.attempts) for letter in letters] == [("poison", 2), ("behind", 2)]
    assert [letter.retry_requested_at for letter in letters] == [None, None]


async def test_many_bad_keys_stop_the_consumer_and_change_nothing(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    for _ in range(4):
        ward.log.add(STAYS, MOVED, ward.admit(), bed="none")
    crew = await member(replace(offline, max_parked_keys=3), shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert isinstance(crew.workers[0].stopped.exception(), TooManyParked)
    assert await shown(offline.pool) == {}
    assert await list_dead_letters(offline.pool) == []
