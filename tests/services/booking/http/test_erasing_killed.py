"""kill -9 in the middle of an erasure: it is committed and on the list, its keys are still there."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from tests.services.booking.http.test_erasing import erased, wrapped
from tests.services.booking.serving import open_front
from tests.support.waiting import eventually

LOCKED = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%data_key%'
"""


async def test_who_is_killed_in_the_middle_of_an_erasure_erases_once_back(
    database: str, kafka: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALMANAC_INSTANCE", "one")  # who comes back by its name is not waited for
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.services.booking.http.erasing_process"),
        *(database, kafka, topic_prefix, str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    connection, looking = await asyncpg.connect(database), await asyncpg.connect(database)

    async def waiting() -> list[asyncpg.Record]:
        return await looking.fetch(LOCKED)

    async def nobody_waits() -> bool:
        return not await waiting()

    try:
        patient = (await process.stdout.readline()).decode().strip()
        async with connection.transaction():
            # Whoever comes to destroy the key has to wait, and is killed while it does.
            await connection.execute(
                "SELECT FROM vault.data_key WHERE subject_id = $1 FOR UPDATE", UUID(patient)
            )
            process.stdin.write(b"go\n")
            assert await eventually(waiting)
            process.kill()
            await process.wait()
            for row in await waiting():
                await looking.execute("SELECT pg_terminate_backend($1)", row["pid"])
            await eventually(nobody_waits)
        assert patient in (tmp_path / "erasures").read_text()
        assert await connection.fetchval(
            "SELECT wrapped FROM vault.data_key WHERE subject_id = $1", UUID(patient)
        )
        async with open_front(database, kafka, topic_prefix, tmp_path) as front:
            await erased(front, patient)
            assert await wrapped(front, patient) is None
            assert (await front.get(f"/v1/patients/{patient}"))["erased"] is True
            found = await front.post("/v1/patients/search", {"family_name": "Halfway"}, 200)
            assert found["patients"] == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await connection.close()
        await looking.close()
