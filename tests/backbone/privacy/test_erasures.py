"""Destroyed keys stay destroyed: whoever is killed, whatever backup is put back, in every process."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backbone.clock import ManualClock
from backbone.privacy.access import Access
from backbone.privacy.database import Pool
from backbone.privacy.disclosure import SealedRecord, Withheld
from backbone.privacy.erasures import ErasureList
from backbone.privacy.errors import KeyDestroyedError, VaultUnavailableError
from backbone.privacy.evicting import evicting
from backbone.privacy.keyring import KeyRing
from backbone.privacy.privacy import open_privacy
from backbone.privacy.vault import Vault
from backbone.privacy.wrapping import FileWrapper
from tests.backbone.privacy.conftest import ROOT
from tests.support.waiting import eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "erasures"


def process(pool: Pool, clock: ManualClock, erasures: ErasureList) -> Vault:
    """A vault of its own: what a process has after its start."""
    return Vault(pool, FileWrapper(KeyRing(ROOT)), clock, erasures=erasures)


def test_each_is_listed_once_whoever_writes(path: Path, clock: ManualClock) -> None:
    one, other = uuid4(), uuid4()
    assert ErasureList(path).subjects() == frozenset()
    ErasureList(path).append([one, one], clock.now())
    ErasureList(path).append([other, one], clock.now())
    assert ErasureList(path).subjects() == {one, other}
    assert len(path.read_text().splitlines()) == 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_half_a_line_is_nobodys_and_hinders_nobody(path: Path, clock: ManualClock) -> None:
    one, torn, other = uuid4(), uuid4(), uuid4()
    ErasureList(path).append([one], clock.now())
    with path.open("a") as file:
        file.write(str(torn)[:20])
    assert ErasureList(path).subjects() == {one}
    ErasureList(path).append([other, torn], clock.now())
    assert ErasureList(path).subjects() == {one, other, torn}


class Killed(BaseException):
    """As by kill -9: nothing after it is done."""


class KilledAfterWriting(ErasureList):
    def append(self, subjects: Iterable[UUID], now: datetime) -> None:
        super().append(subjects, now)
        raise Killed


async def test_killed_between_list_and_key_the_next_start_destroys_it(
    pool: Pool, clock: ManualClock, path: Path
) -> None:
    subject = uuid4()
    killed = process(pool, clock, KilledAfterWriting(path))
    await killed.create_key(subject)
    with pytest.raises(Killed):
        await killed.destroy([subject])
    assert await pool.fetchval("SELECT wrapped FROM vault.data_key") is not None
    with pytest.raises(KeyDestroyedError):
        await process(pool, clock, ErasureList(path)).key(subject)
    assert await pool.fetchval("SELECT wrapped FROM vault.data_key") is None


async def test_no_key_is_destroyed_before_it_is_listed(pool: Pool, clock: ManualClock, path: Path) -> None:
    subject = uuid4()
    one = process(pool, clock, ErasureList(path / "no-such-folder"))
    await one.create_key(subject)
    with pytest.raises(VaultUnavailableError):
        await one.destroy([subject])
    assert await pool.fetchval("SELECT wrapped FROM vault.data_key") is not None


async def test_a_backup_that_has_the_key_is_cleared_before_anything_is_read(
    pool: Pool, vault_url: str, clock: ManualClock, path: Path, access: Access
) -> None:
    erased, kept = uuid4(), uuid4()
    async with open_privacy(vault_url, ROOT, clock, erasures=ErasureList(path)) as before:
        texts = {
            subject: (await before.new_sealer(subject)).seal("Smith", stream=subject, version=1, path="n")
            for subject in (erased, kept)
        }
        backup = await pool.fetchrow("SELECT * FROM vault.data_key WHERE subject_id = $1", erased)
        await before.destroy_keys([erased])
    assert backup is not None
    await pool.execute("DELETE FROM vault.data_key WHERE subject_id = $1", erased)
    await pool.execute(
        "INSERT INTO vault.data_key SELECT $1, $2, $3, $4, $5, $6", *tuple(backup.values())[:6]
    )
    records = [SealedRecord(subject, {"n": text}) for subject, text in texts.items()]
    async with open_privacy(vault_url, ROOT, clock, erasures=ErasureList(path)) as restored:
        shown = await restored.disclose(access, records)
        assert [one["n"] for one in shown] == [Withheld.ERASED, "Smith"]
        assert await restored.erased() == {erased}
    wrapped = await pool.fetchval("SELECT wrapped FROM vault.data_key WHERE subject_id = $1", erased)
    assert wrapped is None


async def test_without_the_list_nothing_is_read(pool: Pool, clock: ManualClock, path: Path) -> None:
    """It is there but can't be read: who is on it is not known."""
    subject = uuid4()
    await process(pool, clock, ErasureList(path)).create_key(subject)
    os.mkdir(path)
    with pytest.raises(VaultUnavailableError):
        await process(pool, clock, ErasureList(path)).key(subject)


async def test_a_destroyed_key_leaves_the_memory_of_the_other_processes(
    pool: Pool, vault_url: str, clock: ManualClock, path: Path
) -> None:
    ours, theirs = (process(pool, clock, ErasureList(path)) for _ in range(2))
    first, second, kept = uuid4(), uuid4(), uuid4()
    for subject in (first, second, kept):
        await ours.create_key(subject)
        await theirs.key(subject)
    await ours.destroy([first])  # before they listen
    async with evicting(vault_url, theirs):
        await eventually(lambda: first not in theirs.cached())
        await ours.destroy([second])
        await eventually(lambda: second not in theirs.cached())
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%evicting'"
        )
        assert theirs.cached() == [kept]
        await ours.destroy([kept])
        await eventually(lambda: not theirs.cached())
