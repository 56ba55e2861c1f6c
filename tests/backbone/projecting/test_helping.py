"""A rebuild shared by processes ends like one that is not, and a helper's end is the rebuild's end."""

import asyncio
import multiprocessing
import subprocess
import sys
from functools import partial

import psutil
import pytest

from backbone.projecting.helping import HelperEnded, dealt, helping
from backbone.projecting.rebuilding import rebuild
from backbone.relay.tail import Tail
from tests.backbone.projecting.at_work import shows_it, working
from tests.backbone.projecting.conftest import Hospital
from tests.backbone.projecting.openers import failing, never, stays
from tests.backbone.projecting.stays import MOVED, STAYS, Stays
from tests.support.owning import alive
from tests.support.waiting import eventually

OWNER = """
import asyncio
import multiprocessing
from backbone.projecting.helping import helping
from tests.backbone.projecting.openers import never

async def main():
    async with helping(never, 1, {}):
        print(multiprocessing.active_children()[0].pid, flush=True)
        await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_a_shared_rebuild_shows_and_sets_aside_what_the_live_one_did(
    hospital: Hospital, engine_database: str
) -> None:
    ward = hospital.ward
    ward.bustle()
    for _ in range(6):  # in several partitions, so that each process has some
        stay = ward.admit()
        ward.log.add(STAYS, MOVED, stay)  # to no bed
        ward.log.add(STAYS, MOVED, stay, bed="3c")
    await hospital.publish(transactions=5)
    async with working(hospital):
        await shows_it(hospital)
        opener = partial(stays, engine_database, hospital.engine.kafka)
        assert await rebuild(hospital.engine, Stays(), helpers=[opener]) == 2
        assert await hospital.shown(2) == ward.expected
        assert await set_aside(hospital, 2) == await set_aside(hospital, 1)
        ward.bustle()
        await hospital.publish()
        await shows_it(hospital)
    assert not multiprocessing.active_children()


async def set_aside(hospital: Hospital, generation: int) -> list[tuple[object, ...]]:
    rows = await hospital.pool.fetch(
        """
        SELECT partition, record_offset, cause FROM dead_letter
        WHERE generation = $1 ORDER BY partition, record_offset
        """,
        generation,
    )
    assert len(rows) == 12
    return [tuple(row) for row in rows]


async def test_the_live_one_stays_where_a_helper_is_killed(hospital: Hospital) -> None:
    hospital.ward.bustle(stays=3)
    await hospital.publish()
    async with working(hospital):
        await shows_it(hospital)
        building = asyncio.create_task(rebuild(hospital.engine, Stays(), helpers=[never]))
        (helper,) = await eventually(multiprocessing.active_children)
        helper.kill()
        with pytest.raises(HelperEnded):
            await building
        assert await hospital.right()
    assert await hospital.pool.fetchval("SELECT count(*) FROM projection_generations") == 1


async def test_a_helper_that_fails_says_why_and_nothing_of_anybody(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with helping(failing, 1, {}) as ended:
        with pytest.raises(HelperEnded):
            await ended
    said = capfd.readouterr().err
    assert "ValueError in failing" in said
    assert "Okafor" not in said


def start_owner() -> tuple[subprocess.Popen[str], psutil.Process]:
    """An owner, and its helper, which is at work."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    helper = psutil.Process(int(owner.stdout.readline()))
    assert owner.stdout.readline() == "opening\n"
    return owner, helper


async def test_a_helper_ends_with_its_owner() -> None:
    owner, helper = start_owner()
    with owner:
        owner.kill()
    await eventually(lambda: not alive([helper]))


def test_shares_have_about_as_much_to_read_each() -> None:
    ends = {("stays", number): Tail(0, end) for number, end in enumerate([50, 10, 20, 30, 60])}
    mine, yours = dealt(ends, 2)
    assert mine.keys() | yours.keys() == ends.keys()
    assert [sum(tail.end for tail in share.values()) for share in (mine, yours)] == [90, 80]
    assert dealt(ends, 6)[5] == {}
