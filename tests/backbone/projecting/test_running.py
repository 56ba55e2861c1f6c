"""A projection follows Kafka: from restart to restart, as members come and go, and when Kafka is emptied."""

import asyncio
import json
from dataclasses import replace

import pytest

from backbone.dead_letters import dead_letter_topic
from backbone.ids import new_id
from backbone.projecting.batching import Batch
from backbone.projecting.crew import Crew
from backbone.projecting.dead_letter_desk import list_dead_letters, request_retry
from backbone.projecting.generations import live
from backbone.projecting.lag import projection_statuses
from backbone.projecting.positions import encode_position
from backbone.projecting.reading import TooOld
from backbone.store.decision import Mark
from tests.backbone.projecting.at_work import shows_it, working
from tests.backbone.projecting.conftest import LETTERS, TOPICS, Hospital
from tests.backbone.projecting.stays import MOVED, STAYS, Stays
from tests.support.on_kafka import create_topics, delete_topics, read_topics
from tests.support.waiting import eventually


async def test_follows_kafka_and_goes_on_after_a_restart(hospital: Hospital) -> None:
    hospital.ward.bustle()
    await hospital.publish(transactions=5)
    async with working(hospital):
        await shows_it(hospital)
        (status,) = await projection_statuses(hospital.engine, [Stays()])
        assert (status.generation, status.state, status.lag) == (1, "live", 0)
        assert status.position == len(hospital.ward.log.rows)
    hospital.ward.bustle()
    await hospital.publish(transactions=5)
    (status,) = await projection_statuses(hospital.engine, [Stays()])
    assert status.lag > 0
    async with working(hospital):
        await shows_it(hospital)


async def test_one_reads_one_s_own_write(hospital: Hospital) -> None:
    async with working(hospital):
        stay = hospital.ward.admit("own")
        row = hospital.ward.log.rows[-1]
        position = encode_position([Mark(STAYS, stay, row.sequence)])
        await eventually(lambda: _there(hospital), within=10)
        with pytest.raises(TooOld):
            async with hospital.reader.open(at_least=position, within=0.05):
                pass
        await hospital.publish()
        async with hospital.reader.open(at_least=position, within=10) as tables:
            row_shown = await tables.fetchrow("SELECT bed FROM stays{g} WHERE stay_id = $1", stay)
        assert row_shown is not None
        assert row_shown["bed"] == "own"


async def test_who_rests_after_a_batch_takes_what_came_meanwhile_at_once(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    handle = Crew.handle

    async def counted(crew: Crew, batch: Batch) -> None:
        batches.append(len(batch.records))
        await handle(crew, batch)

    monkeypatch.setattr(Crew, "handle", counted)
    resting = replace(hospital, engine=replace(hospital.engine, rest_seconds=0.5))
    async with working(resting):
        await eventually(lambda: _there(hospital), within=10)
        hospital.ward.bustle(stays=5)
        await hospital.publish(transactions=20)
        await shows_it(hospital)
    assert sum(batches) >= len(hospital.ward.log.rows)
    assert len(batches) < 10


async def _there(hospital: Hospital) -> bool:
    async with hospital.pool.acquire() as connection:
        return await live(connection, "stays") is not None


async def test_members_that_join_and_leave_lose_and_repeat_nothing(hospital: Hospital) -> None:
    stop = asyncio.Event()

    async def traffic() -> None:
        while not stop.is_set():
            hospital.ward.bustle(stays=10, moves=2)
            await hospital.publish(transactions=4)

    publishing = asyncio.create_task(traffic())
    async with working(hospital):
        await eventually(lambda: _applied_at_least(hospital, 50), within=20)
        epoch = await _epoch(hospital)
        async with working(hospital):
            epoch = await _epoch_after(hospital, epoch)
        epoch = await _epoch_after(hospital, epoch)
        async with working(hospital):
            await _epoch_after(hospital, epoch)
            stop.set()
            await publishing
            await shows_it(hospital)
        await shows_it(hospital)
    assert await list_dead_letters(hospital.engine) == []


async def _applied_at_least(hospital: Hospital, position: int) -> bool:
    found = await hospital.pool.fetchval("SELECT max(position) FROM projection_checkpoints")
    return (found or 0) >= position


async def _epoch(hospital: Hospital) -> int:
    """The one that every partition has begun at least."""
    least: int = await hospital.pool.fetchval("SELECT min(epoch) FROM projection_checkpoints")
    return least


async def _epoch_after(hospital: Hospital, before: int) -> int:
    """Waits until every partition has begun a later one, which it gives: a rebalance has gone through."""

    async def later() -> int:
        epoch = await _epoch(hospital)
        return epoch if epoch > before else 0

    epoch: int = await eventually(later, within=20)
    return epoch


async def test_what_is_set_aside_appears_on_kafka_and_can_be_tried_again(hospital: Hospital) -> None:
    ward = hospital.ward
    ward.bustle(stays=5)
    stay = new_id()
    for bed in ("2b", "3c"):
        ward.log.add(STAYS, MOVED, stay, bed=bed)  # never admitted
    await hospital.publish()
    async with working(hospital):
        await shows_it(hospital)
        letters = await eventually(
            lambda: read_topics(hospital.engine.kafka, [dead_letter_topic(topic) for topic in TOPICS])
        )
        headers = [dict(letter.headers) for letter in letters]
        assert [h["dead-letter-cause"] for h in headers] == [b"poison", b"behind"]
        assert {letter.key for letter in letters} == {str(stay).encode()}
        assert [json.loads(LETTERS.open(letter.value or b""))["bed"] for letter in letters] == ["2b", "3c"]
        assert headers[0]["ce_type"] == MOVED.encode()

        await hospital.pool.execute("INSERT INTO stays_g1 VALUES ($1, '1a', 0)", stay)
        await request_retry(hospital.pool)
        ward.expected[stay] = ("3c", 2)
        await shows_it(hospital)
        assert await list_dead_letters(hospital.engine) == []


async def test_kafka_emptied_and_published_again_changes_nothing(hospital: Hospital) -> None:
    ward = hospital.ward
    stay = ward.admit()
    await hospital.publish()
    ward.move(stay, "2b")
    await hospital.publish()  # at offset 2, after a marker
    async with working(hospital):
        await shows_it(hospital)
    await delete_topics(hospital.engine.kafka, TOPICS)
    await create_topics(hospital.engine.kafka, TOPICS)
    ward.published = 0
    await hospital.publish()  # at offsets 0 and 1, and a marker at 2
    async with working(hospital):
        await eventually(lambda: hospital.alarms, within=10)
        ward.bustle(stays=20)
        ward.move(stay, "3c")
        await hospital.publish()
        await shows_it(hospital)


async def test_too_many_bad_keys_raise_an_alarm(hospital: Hospital) -> None:
    for _ in range(4):
        hospital.ward.log.add(STAYS, MOVED, hospital.ward.admit(), bed="none")
    hospital.engine = replace(hospital.engine, max_parked_keys=3)
    await hospital.publish()
    async with working(hospital):
        await eventually(lambda: hospital.alarms, within=20)
    assert await list_dead_letters(hospital.engine) == []
