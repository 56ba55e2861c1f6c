"""The key-encryption key rotates while everything runs, whoever is killed in the middle."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backbone.clock import ManualClock
from backbone.privacy import rotation as rotating
from backbone.privacy.database import Pool
from backbone.privacy.errors import KeyFileError, KeyServiceError, SealBrokenError
from backbone.privacy.keeping import keeping
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.privacy.rotation import KeyInUse, Rotation
from backbone.privacy.vault import Vault
from backbone.privacy.wrapping import FileWrapper, SubjectKey
from tests.support.waiting import eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    RootKey.load_or_create(tmp_path / "key")
    return tmp_path / "key"


class Process:
    """What one process has: its own reading of the key file, its own cache."""

    def __init__(self, pool: Pool, path: Path, clock: ManualClock) -> None:
        self.ring = KeyRing.load(path)
        self.wrapper = FileWrapper(self.ring)
        self.vault = Vault(pool, self.wrapper, clock)
        self.rotation = Rotation(pool, self.wrapper, clock)

    async def seal(self, subject: UUID) -> str:
        return (await self.vault.create_key(subject)).seal("Smith", subject, 1, "family_name")

    async def opens(self, subject: UUID, sealed: str) -> bool:
        self.vault.forget([subject])
        return (await self.vault.key(subject)).open(sealed, "family_name") == "Smith"


async def test_every_key_comes_under_the_new_one_and_nothing_is_lost(
    pool: Pool, path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "CHUNK", 3)
    one, other = Process(pool, path, clock), Process(pool, path, clock)
    sealed = {subject: await one.seal(subject) for subject in (uuid4() for _ in range(10))}
    gone = uuid4()
    await one.seal(gone)
    await one.vault.destroy([gone])
    clock.advance(timedelta(minutes=1))
    new = await one.rotation.rotate("a test")
    first, second = await one.rotation.keys()
    assert (first.name, first.active, first.wraps, first.retired_at) == ("file", False, 0, clock.now())
    assert (second.name, second.active, second.wraps, second.activated_by) == (new, True, 10, "a test")
    for subject, text in sealed.items():
        assert await other.opens(subject, text)
    assert await pool.fetchval("SELECT wrapped FROM vault.data_key WHERE subject_id = $1", gone) is None


async def test_a_process_that_has_not_heard_of_it_wraps_by_the_new_key(
    pool: Pool, path: Path, clock: ManualClock
) -> None:
    one, other = Process(pool, path, clock), Process(pool, path, clock)
    await other.seal(uuid4())
    new = await one.rotation.rotate("a test")
    subject = uuid4()
    sealed = await other.seal(subject)
    by = await pool.fetchval("SELECT wrapped_by FROM vault.data_key WHERE subject_id = $1", subject)
    assert by == new
    assert await one.opens(subject, sealed)


async def test_keys_made_all_the_while_are_all_there_afterwards(
    pool: Pool, path: Path, clock: ManualClock
) -> None:
    """The old key is never retired while somebody is about to wrap with it."""
    one, other = Process(pool, path, clock), Process(pool, path, clock)
    sealed: dict[UUID, str] = {}
    done = asyncio.Event()

    async def register(process: Process) -> None:
        while not done.is_set():
            subject = uuid4()
            sealed[subject] = await process.seal(subject)

    workers = [asyncio.create_task(register(process)) for process in (one, one, other, other)]
    for _ in range(4):
        before = len(sealed)
        clock.advance(timedelta(minutes=1))
        await one.rotation.rotate("a test")
        await eventually(lambda least=before + 8: len(sealed) >= least)  # type: ignore[misc]
    done.set()
    await asyncio.gather(*workers)
    await one.rotation.finish()
    keys = await one.rotation.keys()
    assert len(keys) == 5
    assert [key.wraps for key in keys] == [0, 0, 0, 0, len(sealed)]
    assert all(key.retired_at for key in keys[:-1])
    for subject, text in sealed.items():
        assert await other.opens(subject, text)


async def test_what_was_broken_off_goes_on(
    pool: Pool, path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after any step: the next to look finishes it, without another key."""
    monkeypatch.setattr(rotating, "CHUNK", 3)
    killed, other = Process(pool, path, clock), Process(pool, path, clock)
    sealed = {subject: await killed.seal(subject) for subject in (uuid4() for _ in range(7))}
    clock.advance(timedelta(minutes=1))
    await killed.wrapper.make(clock.now())  # killed before it was active
    made = (await killed.wrapper.names())[-1]
    assert await other.rotation.begin("a test") == made
    await killed.rotation.step()  # killed after the first chunk
    assert [key.wraps for key in await other.rotation.keys()] == [4, 3]
    assert await other.rotation.rotate("a test") == made
    assert [(key.wraps, key.active) for key in await other.rotation.keys()] == [(0, False), (7, True)]
    for subject, text in sealed.items():
        assert await killed.opens(subject, text)


async def test_workers_bring_it_to_its_end_by_themselves(pool: Pool, path: Path, clock: ManualClock) -> None:
    killed, worker = Process(pool, path, clock), Process(pool, path, clock)
    await killed.seal(uuid4())
    await killed.rotation.begin("a test")

    async def finished() -> bool:
        return all(key.active or key.retired_at for key in await killed.rotation.keys())

    async with keeping(worker.rotation, every_seconds=0.05):
        await eventually(finished)


class Slow(FileWrapper):
    """Waits in the middle, for what shall happen meanwhile."""

    meanwhile: asyncio.Event
    reached: asyncio.Event

    async def wrap(self, name: str, keys: Sequence[SubjectKey]) -> list[bytes]:
        self.reached.set()
        await self.meanwhile.wait()
        return await super().wrap(name, keys)


async def test_a_key_destroyed_meanwhile_stays_destroyed(pool: Pool, path: Path, clock: ManualClock) -> None:
    one = Process(pool, path, clock)
    subject = uuid4()
    await one.seal(subject)
    clock.advance(timedelta(minutes=1))
    await one.rotation.begin("a test")
    slow = Slow(one.ring)
    slow.meanwhile, slow.reached = asyncio.Event(), asyncio.Event()
    step = asyncio.create_task(Rotation(pool, slow, clock).step())
    await slow.reached.wait()
    await one.vault.destroy([subject])
    slow.meanwhile.set()
    await step
    assert await pool.fetchval("SELECT wrapped FROM vault.data_key") is None
    await one.rotation.finish()
    assert [key.retired_at is not None for key in await one.rotation.keys()] == [True, False]


async def test_a_key_that_does_not_unwrap_hinders_nobody_else(
    pool: Pool, path: Path, clock: ManualClock
) -> None:
    one = Process(pool, path, clock)
    broken, sound = uuid4(), uuid4()
    await one.seal(broken)
    sealed = await one.seal(sound)
    await pool.execute("UPDATE vault.data_key SET wrapped = 'x' WHERE subject_id = $1", broken)
    clock.advance(timedelta(minutes=1))
    await one.rotation.rotate("a test")
    old, new = await one.rotation.keys()
    assert (old.wraps, old.retired_at, new.wraps) == (1, None, 1)
    assert await one.opens(sound, sealed)


async def test_only_a_key_that_wraps_nothing_is_removed(pool: Pool, path: Path, clock: ManualClock) -> None:
    one = Process(pool, path, clock)
    subject = uuid4()
    sealed = await one.seal(subject)
    first = await one.rotation.rotate("a test")
    with pytest.raises(KeyInUse):
        await one.rotation.remove(first)
    await one.rotation.rotate("a test")
    await one.rotation.remove(first)
    assert first not in await Process(pool, path, clock).wrapper.names()
    assert await one.opens(subject, sealed)
    with pytest.raises(KeyInUse):
        await one.rotation.remove("file:00000000")
    with pytest.raises(KeyFileError):
        await one.rotation.remove("file")


async def test_a_process_without_the_key_is_unavailable_not_wrong(
    pool: Pool, path: Path, clock: ManualClock, tmp_path: Path
) -> None:
    """Its host's key file has not been brought up to date yet."""
    one = Process(pool, path, clock)
    subject = uuid4()
    await one.seal(subject)
    old = tmp_path / "old"
    shutil.copy(path, old)
    behind = Process(pool, old, clock)
    await one.rotation.rotate("a test")
    with pytest.raises(KeyServiceError):
        await behind.vault.key(subject)
    with pytest.raises(KeyServiceError):
        await behind.vault.create_key(uuid4())
    shutil.copy(path, old)
    assert await behind.vault.key(subject)


async def test_a_data_key_that_is_not_the_one_made_is_refused(
    pool: Pool, path: Path, clock: ManualClock
) -> None:
    """Its commitment says so, though it was wrapped by the right key."""
    one = Process(pool, path, clock)
    subject = uuid4()
    await one.seal(subject)
    (forged,) = await one.wrapper.wrap("file", [(subject, bytes(32))])
    await pool.execute("UPDATE vault.data_key SET wrapped = $1", forged)
    one.vault.forget([subject])
    with pytest.raises(SealBrokenError):
        await one.vault.key(subject)
