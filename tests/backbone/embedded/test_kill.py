"""What a crash leaves: no processes, and all the data."""

import os
import shutil
import signal
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from backbone.embedded import DataDir, EmbeddedKafka, EmbeddedPostgres
from backbone.embedded.kafka_jars import default_cache, fetch_jars
from backbone.embedded.lifeline import start_kept
from backbone.embedded.postgres_binaries import postgres_user
from tests.support.owning import alive, owner, python_for_all
from tests.support.servers import temporary_folder
from tests.support.waiting import eventually

NOBODY = 65534


async def write(said: dict[str, str]) -> None:
    connection = await asyncpg.connect(said["url"])
    await connection.execute("CREATE TABLE booking.kept (n int); INSERT INTO booking.kept VALUES (7)")
    await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=said["bootstrap"])
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=said["bootstrap"]) as producer:
        await producer.send_and_wait("kept", b"seven")


async def read(said: dict[str, str]) -> tuple[int, bytes]:
    connection = await asyncpg.connect(said["url"])
    number = await connection.fetchval("SELECT n FROM booking.kept")
    await connection.close()
    async with AIOKafkaConsumer(
        "kept", bootstrap_servers=said["bootstrap"], auto_offset_reset="earliest"
    ) as consumer:
        record = await consumer.getone()
    return number, record.value


async def killed_and_started_again(
    folder: Path, environment: dict[str, str], user: int | None = None, python: str = sys.executable
) -> None:
    with owner(folder, user=user, python=python, environment=environment) as first:
        assert "error" not in first.said
        family = first.family
        assert set(first.said["pids"]) <= {process.pid for process in family}
        await write(first.said)
        with owner(folder, user=user, python=python, environment=environment) as second:
            assert f"another Almanac (process {first.process.pid}) is running" in second.said["error"]
        first.kill()
        await eventually(lambda: not alive(family), within=5)
    with owner(folder, user=user, python=python, environment=environment) as again:
        assert (again.said["url"], again.said["bootstrap"]) == (first.said["url"], first.said["bootstrap"])
        assert await read(again.said) == (7, b"seven")
        family = again.family
        assert again.end() == 0
        assert not alive(family)


async def test_killed_as_ourselves_on_a_private_folder_with_a_long_path() -> None:
    with temporary_folder() as folder:
        await killed_and_started_again(folder / ("long" * 40) / "data", {})


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as a plain user anyway")
async def test_killed_as_a_plain_user_with_jars_from_a_folder() -> None:
    python = python_for_all()
    if python is None:
        pytest.skip("a plain user can't reach this clone or its Python")
    with temporary_folder() as folder:
        jars = folder / "jars"
        jars.mkdir()
        for jar in fetch_jars(default_cache()):
            shutil.copy(jar, jars)
        (folder / "home").mkdir()
        os.chown(folder, NOBODY, NOBODY)
        os.chown(folder / "home", NOBODY, NOBODY)
        environment = {"HOME": str(folder / "home"), "ALMANAC_KAFKA_JARS": str(jars)}
        await killed_and_started_again(folder / "data", environment, NOBODY, python)


async def test_a_reused_process_id_does_not_keep_postgresql_from_starting() -> None:
    with temporary_folder() as folder, DataDir(folder) as data:
        async with EmbeddedPostgres(data) as server:
            await server.kill()
            lock = folder / "postgres" / "postmaster.pid"
            lines = lock.read_text().splitlines()
            stranger = start_kept(
                ["/usr/bin/env", "sleep", "600"],
                directory=folder / "postgres",
                log=None,
                run_as=postgres_user(),
            )
            lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            await server.start()
            assert server.running
            assert stranger.running
            await stranger.end(signal.SIGKILL, 5)


async def test_a_start_that_was_killed_in_the_middle_is_done_over() -> None:
    with temporary_folder() as folder, DataDir(folder) as data:
        (folder / "postgres.new").mkdir()
        (folder / "postgres.new" / "PG_VERSION").write_text("18")
        (folder / "kafka" / "data").mkdir(parents=True)
        (folder / "kafka" / "data" / "meta.properties").write_text("half")
        async with EmbeddedPostgres(data), EmbeddedKafka(data):
            pass
