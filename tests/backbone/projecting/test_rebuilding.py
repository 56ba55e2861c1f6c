"""A projection is built anew beside the live one, and takes its place when it equals it."""

import asyncio
from dataclasses import replace

from backbone.projecting.rebuilding import RebuildUnderWay, rebuild
from backbone.projecting.running import running
from tests.backbone.projecting.at_work import shows_it, working
from tests.backbone.projecting.conftest import Hospital
from tests.backbone.projecting.members import Moody
from tests.backbone.projecting.stays import MOVED, STAYS, Stays


async def test_a_rebuild_equals_the_live_one_and_takes_its_place(hospital: Hospital) -> None:
    ward = hospital.ward
    ward.bustle()
    await hospital.publish(transactions=5)
    async with working(hospital):
        await shows_it(hospital)
        before = await hospital.shown(1)
        left: list[int] = []
        assert await rebuild(hospital.engine, Stays(), lambda progress: left.append(progress.left)) == 2
        assert left[-1] == 0
        assert await hospital.shown(2) == before
        ward.bustle()
        await hospital.publish()
        await shows_it(hospital)
        assert await hospital.shown(1) == before


async def test_a_rebuild_beside_traffic_loses_nothing(hospital: Hospital) -> None:
    async with working(hospital):
        hospital.ward.bustle()
        await hospital.publish(transactions=5)
        await shows_it(hospital)
        building = asyncio.create_task(rebuild(hospital.engine, Stays()))
        while not building.done():
            hospital.ward.bustle(stays=5, moves=1)
            await hospital.publish(transactions=3)
            await hospital.shown()
        assert building.result() == 2
        await shows_it(hospital)


async def test_a_rebuild_in_small_batches_sets_aside_what_the_live_one_did(hospital: Hospital) -> None:
    ward = hospital.ward
    ward.bustle()
    stay = ward.admit()
    ward.log.add(STAYS, MOVED, stay)  # to no bed
    ward.log.add(STAYS, MOVED, stay, bed="3c")
    await hospital.publish(transactions=5)
    async with working(hospital):
        await shows_it(hospital)
        assert await rebuild(replace(hospital.engine, batch_records=7), Stays()) == 2
    assert await hospital.shown(2) == ward.expected
    parked = {
        generation: await hospital.pool.fetch(
            """
            SELECT topic, partition, record_offset, key_text, cause FROM dead_letter
            WHERE generation = $1 ORDER BY id
            """,
            generation,
        )
        for generation in (1, 2)
    }
    assert parked[2] == parked[1]
    assert [row["cause"] for row in parked[2]] == ["poison", "behind"]


async def test_a_rebuild_goes_on_after_its_database_was_away(hospital: Hospital) -> None:
    ward = hospital.ward
    ward.bustle()
    await hospital.publish(transactions=5)
    moody = Moody(ConnectionResetError(), ConnectionResetError())
    assert await rebuild(replace(hospital.engine, batch_records=50), moody) == 1
    assert moody.errors == []
    assert await hospital.shown(1) == ward.expected


async def test_only_one_rebuilds_at_a_time(hospital: Hospital) -> None:
    hospital.ward.bustle(stays=3)
    await hospital.publish()
    outcomes = await asyncio.gather(
        rebuild(hospital.engine, Stays()), rebuild(hospital.engine, Stays()), return_exceptions=True
    )
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [RebuildUnderWay]
    await shows_it(hospital)


class RoomyStays(Stays):
    version = 2
    tables = Stays.tables.replace("bed text CHECK (bed <> 'none')", "bed text")


async def test_a_new_version_of_a_projection_is_built_before_it_is_shown(hospital: Hospital) -> None:
    stay = hospital.ward.admit()
    hospital.ward.log.add(STAYS, MOVED, stay, bed="none")
    await hospital.publish()
    async with working(hospital):
        await shows_it(hospital)
    hospital.ward.expected[stay] = ("none", 1)
    async with running(hospital.engine, [RoomyStays()]):
        await shows_it(hospital)
