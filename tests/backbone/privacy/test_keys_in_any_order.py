"""In whatever order keys are made, rotated, used, destroyed, restored and processes started again: who is not
erased is readable, who is erased is not."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backbone.clock import ManualClock
from backbone.embedded.postgres import EmbeddedPostgres
from backbone.privacy import rotation as rotating
from backbone.privacy.access import Access
from backbone.privacy.accesslog import AccessLog
from backbone.privacy.database import Pool, open_pool
from backbone.privacy.disclosure import Disclosure, Plain, SealedRecord, Withheld
from backbone.privacy.erasures import ErasureList
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.privacy.rotation import Rotation
from backbone.privacy.vault import Vault
from backbone.privacy.wrapping import FileWrapper
from backbone.store.migrating import migrate
from tests.backbone.privacy.conftest import MIGRATIONS
from tests.support.servers import fresh_database

STEPS = ["register", "begin", "step", "rotate", "disclose", "erase", "backup", "restore", "restart", "remove"]


class Process:
    """One of two that share database, key file and erasure list."""

    def __init__(self, pool: Pool, folder: Path, clock: ManualClock) -> None:
        self.wrapper = FileWrapper(KeyRing.load(folder / "key"))
        self.vault = Vault(pool, self.wrapper, clock, cached=3, erasures=ErasureList(folder / "erasures"))
        self.rotation = Rotation(pool, self.wrapper, clock)
        self.disclosure = Disclosure(self.vault, AccessLog(pool, clock))


class House:
    """What happened so far, as it should be."""

    def __init__(self, pool: Pool, folder: Path, clock: ManualClock, access: Access) -> None:
        self.pool, self.folder, self.clock, self.access = pool, folder, clock, access
        self.sealed: dict[UUID, str] = {}
        self.erased: set[UUID] = set()
        self.backup: list[tuple[object, ...]] = []
        self.processes = [Process(pool, folder, clock) for _ in range(2)]

    async def do(self, step: str, which: int) -> None:
        one = self.processes[which % 2]
        match step:
            case "register":
                subject = uuid4()
                key = await one.vault.create_key(subject)
                self.sealed[subject] = key.seal("Smith", subject, 1, "n")
            case "begin":
                await one.rotation.begin("test")
            case "step":
                await one.rotation.step()
            case "rotate":
                await one.rotation.rotate("test")
            case "disclose":
                await self.check(one)
            case "erase" if self.sealed:
                subject = list(self.sealed)[which % len(self.sealed)]
                await one.vault.destroy([subject])
                self.erased.add(subject)
            case "backup":
                rows = await self.pool.fetch("SELECT * FROM vault.data_key WHERE destroyed_at IS NULL")
                self.backup = [tuple(row.values()) for row in rows]
            case "restore":
                # The vault's rows as they were, and everything started again.
                for row in self.backup:
                    await self.pool.execute("DELETE FROM vault.data_key WHERE subject_id = $1", row[0])
                await self.pool.executemany(
                    "INSERT INTO vault.data_key VALUES ($1, $2, $3, $4, $5, $6, $7)", self.backup
                )
                self.processes = [Process(self.pool, self.folder, self.clock) for _ in range(2)]
            case "restart":
                self.processes[which % 2] = Process(self.pool, self.folder, self.clock)
            case "remove" if not self.backup:  # which would be unreadable for good
                for old in await one.rotation.keys():
                    if old.retired_at and old.name in await one.wrapper.names() and old.name != "file":
                        await one.rotation.remove(old.name)

    async def check(self, one: Process) -> None:
        records = [SealedRecord(subject, {"n": text}) for subject, text in self.sealed.items()]
        shown = await one.disclosure.disclose(self.access, records)
        wanted: list[Plain] = [
            Withheld.ERASED if subject in self.erased else "Smith" for subject in self.sealed
        ]
        assert [texts["n"] for texts in shown] == wanted


steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 7)), min_size=5, max_size=25)


async def lived(url: str, story: list[tuple[str, int]], access: Access, clock: ManualClock) -> None:
    with TemporaryDirectory() as folder:
        RootKey.load_or_create(Path(folder) / "key")
        async with open_pool(url) as pool:
            await pool.execute("TRUNCATE vault.data_key, vault.wrapping_key")
            house = House(pool, Path(folder), clock, access)
            for step, which in story:
                await house.do(step, which)
            for one in house.processes:
                await house.check(one)
            for one in house.processes:
                await one.rotation.finish()
                await house.check(one)


@pytest.mark.timeout(120)
def test_no_order_loses_or_reveals_anybody(
    postgres_server: EmbeddedPostgres, access: Access, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "CHUNK", 2)

    async def with_database() -> None:
        async with fresh_database(postgres_server) as url:
            await migrate(url, "vault", MIGRATIONS)
            loop = asyncio.get_running_loop()

            @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
            @given(steps)
            def run(story: list[tuple[str, int]]) -> None:
                asyncio.run_coroutine_threadsafe(lived(url, story, access, clock), loop).result(60)

            await asyncio.to_thread(run)

    asyncio.run(with_database())
