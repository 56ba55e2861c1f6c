"""Migrations: each once, in order, never changed afterwards."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from backbone.store.migrating import MigrationError, migrate, missing_migrations, read_migrations


def write(folder: Path, **files: str) -> Path:
    for name, sql in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(sql)
    return folder


async def test_each_file_is_applied_once_in_order_in_the_services_schema(
    database: str, tmp_path: Path
) -> None:
    folder = write(tmp_path, m0001_one="CREATE TABLE one (n int);", m0002_two="INSERT INTO one VALUES (7);")
    assert await migrate(database, "booking", folder) == ["0001_one", "0002_two"]
    assert await migrate(database, "booking", folder) == []
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT n FROM booking.one") == 7
    await connection.close()


async def test_what_is_missing_is_told_and_nothing_changed(database: str, tmp_path: Path) -> None:
    folder = write(tmp_path, m0001_one="CREATE TABLE one (n int);")
    assert await missing_migrations(database, "booking", folder) == ["0001_one"]
    assert await missing_migrations(database, "booking", folder) == ["0001_one"]
    await migrate(database, "booking", folder)
    write(tmp_path, m0002_two="CREATE TABLE two (n int);")
    assert await missing_migrations(database, "booking", folder) == ["0002_two"]
    await migrate(database, "booking", folder)
    (folder / "0002_two.sql").unlink()
    assert await missing_migrations(database, "booking", folder) == []


async def test_processes_that_migrate_at_once_do_it_once(database: str, tmp_path: Path) -> None:
    folder = write(tmp_path, m0001_one="CREATE TABLE one (n int);", m0002_two="INSERT INTO one VALUES (7);")
    done = await asyncio.gather(*(migrate(database, "booking", folder) for _ in range(4)))
    assert sorted(name for names in done for name in names) == ["0001_one", "0002_two"]


async def test_the_backbones_tables_come_by_include(database: str, tmp_path: Path) -> None:
    folder = write(tmp_path, m0001_store="-- include backbone/store/schema.sql\n")
    await migrate(database, "booking", folder)
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM booking.stored_events") == 0
    await connection.close()


async def test_a_changed_file_and_a_newer_database_are_refused(database: str, tmp_path: Path) -> None:
    folder = write(tmp_path, m0001_one="CREATE TABLE one (n int);", m0002_two="INSERT INTO one VALUES (7);")
    await migrate(database, "booking", folder)
    (folder / "0001_one.sql").write_text("CREATE TABLE one (n bigint);")
    with pytest.raises(MigrationError, match="0001_one of schema booking has changed"):
        await migrate(database, "booking", folder)
    write(folder, m0001_one="CREATE TABLE one (n int);")
    (folder / "0002_two.sql").unlink()
    with pytest.raises(MigrationError, match="newer than this Almanac"):
        await migrate(database, "booking", folder)


async def test_a_failing_file_leaves_nothing_behind(database: str, tmp_path: Path) -> None:
    folder = write(tmp_path, m0001_one="CREATE TABLE one (n int); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database, "booking", folder)
    write(folder, m0001_one="CREATE TABLE one (n int);")
    assert await migrate(database, "booking", folder) == ["0001_one"]


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="expected a file 0001"):
        read_migrations(write(tmp_path, m0002_two="SELECT 1;"))
