import pytest

from backbone.projecting.checkpoints import Checkpoint, Lost, Move, adopt, advance
from backbone.projecting.engine import Engine
from backbone.projecting.generations import begin_building, discard, drop_retired, ensure_live, flip, live
from backbone.projecting.reading import NotThere, ProjectionReader
from backbone.projecting.tables import Connection
from tests.backbone.projecting.stays import STAYS, Stays

PARTITION = (STAYS, 3)


async def reach(connection: Connection, generation: int, sequence: int) -> None:
    """Takes the partition over and moves it to ``sequence``."""
    before = (await adopt(connection, "stays", generation, [PARTITION]))[PARTITION]
    after = Checkpoint(before.epoch, sequence * 2, sequence, sequence)
    await advance(connection, [("stays", generation, [Move(PARTITION, before, after)])])


async def test_the_first_generation_is_live_at_once_and_made_once(offline: Engine) -> None:
    async with offline.pool.acquire() as connection:
        first = await ensure_live(connection, Stays())
        assert await ensure_live(connection, Stays()) == first
    async with ProjectionReader(offline.pool, Stays).open() as tables:
        assert await tables.fetch("SELECT * FROM stays{g}") == []


async def test_what_has_never_run_is_not_there(offline: Engine) -> None:
    with pytest.raises(NotThere):
        async with ProjectionReader(offline.pool, Stays).open():
            pass


async def test_a_generation_goes_live_only_when_it_has_come_as_far(offline: Engine) -> None:
    async with offline.pool.acquire() as connection:
        old = await ensure_live(connection, Stays())
        await reach(connection, old.number, 5)
        building = await begin_building(connection, Stays())
        assert not await flip(connection, Stays(), building)
        await reach(connection, building.number, 4)
        assert not await flip(connection, Stays(), building)
        await reach(connection, building.number, 5)
        assert await flip(connection, Stays(), building)
        assert await live(connection, "stays") == building


async def test_after_the_flip_the_old_generation_s_owner_writes_no_more(offline: Engine) -> None:
    async with offline.pool.acquire() as connection:
        old = await ensure_live(connection, Stays())
        owner = (await adopt(connection, "stays", old.number, [PARTITION]))[PARTITION]
        assert await flip(connection, Stays(), await begin_building(connection, Stays()))
        move = Move(PARTITION, owner, Checkpoint(owner.epoch, 1, 1, 1))
        with pytest.raises(Lost):
            await advance(connection, [("stays", old.number, [move])])
        with pytest.raises(Lost):
            await adopt(connection, "stays", old.number, [PARTITION])


async def test_who_reads_during_a_flip_reads_to_the_end_what_was_opened(offline: Engine) -> None:
    async with offline.pool.acquire() as connection:
        old = await ensure_live(connection, Stays())
        await connection.execute("INSERT INTO stays_g1 VALUES (gen_random_uuid(), '1a', 0)")
        async with ProjectionReader(offline.pool, Stays).open() as tables:
            assert await flip(connection, Stays(), await begin_building(connection, Stays()))
            assert len(await tables.fetch("SELECT * FROM stays{g}")) == 1
            await connection.execute(
                "UPDATE projection_generations SET retired_at = now() - interval '2 min'"
            )
            await drop_retired(connection, Stays())  # the table is in use: it stays for now
            assert len(await tables.fetch("SELECT * FROM stays{g}")) == 1
        await drop_retired(connection, Stays())
        assert await connection.fetchval("SELECT to_regclass('stays_g1')") is None
        assert old.number == 1


async def test_a_half_built_generation_is_dropped_by_the_next(offline: Engine) -> None:
    async with offline.pool.acquire() as connection:
        await ensure_live(connection, Stays())
        await begin_building(connection, Stays())
        await connection.execute("INSERT INTO stays_g2 VALUES (gen_random_uuid(), '1a', 0)")
        again = await begin_building(connection, Stays())
        assert await connection.fetchval(f"SELECT count(*) FROM stays_g{again.number}") == 0
        await discard(connection, Stays(), again.number)
        assert await connection.fetchval("SELECT count(*) FROM projection_generations") == 1
