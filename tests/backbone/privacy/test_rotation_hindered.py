"""Rotation where something is in its way: keys destroyed, broken, in use, not here, not the right ones."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from backbone.clock import ManualClock
from backbone.privacy.database import Pool
from backbone.privacy.errors import KeyFileError, KeyServiceError, SealBrokenError
from backbone.privacy.rotation import KeyInUse, Rotation
from backbone.privacy.wrapping import FileWrapper, SubjectKey
from tests.backbone.privacy.processes import Process


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
