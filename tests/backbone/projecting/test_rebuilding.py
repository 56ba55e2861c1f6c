"""A projection is built anew beside the live one, and takes its place when it equals it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from backbone.embedded import EmbeddedPostgres
from backbone.projecting import Heard, Tables
from backbone.projecting.rebuilding import RebuildUnderWay, rebuild
from backbone.projecting.running import running
from backbone.store.unavailability import FAILING
from tests.backbone.projecting.at_work import shows_it, working
from tests.backbone.projecting.conftest import Hospital
from tests.backbone.projecting.stays import MOVED, STAYS, Stays
from tests.support.servers import SessionServers
from tests.support.waiting import eventually


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
        indexes = "SELECT indexname FROM pg_indexes WHERE tablename = $1"
        names = {row["indexname"] for row in await hospital.pool.fetch(indexes, "stays_g2")}
        assert names == {"stays_g2_pkey", "stays_bed_idx_g2"}
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


class Cut(Stays):
    """Loses its connection in the middle of a batch, as often as it is told to."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        await super().fold(heard, tables)
        if self.times:
            self.times -= 1
            await tables.fetch("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_a_rebuild_goes_on_after_its_batches_lost_their_connection(hospital: Hospital) -> None:
    hospital.ward.bustle()
    await hospital.publish(transactions=5)
    cut = Cut(times=2)
    assert await rebuild(replace(hospital.engine, batch_records=50), cut) == 1
    assert cut.times == 0
    assert await hospital.shown(1) == hospital.ward.expected


class Fatal(Stays):
    """Its server is killed in the middle of the first batch."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        await super().fold(heard, tables)
        await self.server.kill()


async def test_a_rebuild_whose_server_is_killed_leaves_what_is_shown_and_no_remains(
    hospital: Hospital, servers: SessionServers
) -> None:
    hospital.ward.bustle(stays=5)
    await hospital.publish()
    assert await rebuild(hospital.engine, Stays()) == 1
    with pytest.raises(FAILING):
        await rebuild(hospital.engine, Fatal(servers.postgres))
    await servers.postgres.start()
    await eventually(hospital.right)
    assert await rebuild(hospital.engine, Stays()) > 1
    assert await hospital.right()
    states = await hospital.pool.fetch("SELECT state FROM projection_generations ORDER BY generation")
    assert [row["state"] for row in states] == ["retired", "live"]


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
