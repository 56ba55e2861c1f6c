"""The key-encryption key rotates while everything runs, whoever is killed in the middle."""

import asyncio
from collections.abc import Set
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backbone.clock import ManualClock
from backbone.privacy import rotation as rotating
from backbone.privacy.database import Pool
from backbone.privacy.keeping import keeping
from backbone.privacy.keyring import KeyRing
from backbone.privacy.rotation import Rotation
from backbone.privacy.wrapping import FileWrapper
from tests.backbone.privacy.processes import Process
from tests.support.waiting import eventually


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


async def test_keys_that_were_added_are_used_in_the_order_of_adding(
    pool: Pool, path: Path, clock: ManualClock
) -> None:
    one = Process(pool, path, clock)
    await one.seal(uuid4())
    added = [one.ring.add("wrapping", clock.now()).name for _ in range(3)]
    one.ring.remove(added[1])
    used = []
    for _ in range(3):
        clock.advance(timedelta(minutes=1))
        used.append(await one.rotation.rotate("a test"))
    assert used[:2] == [added[0], added[2]]
    assert used[2] not in ["file", *added]
    # One that was passed over is not gone back to.
    older, newer = (one.ring.add("wrapping", clock.now()).name for _ in range(2))
    await pool.execute(
        "INSERT INTO vault.wrapping_key (name, active, active_from, activated_by, retired_at) "
        "VALUES ($1, false, $2, 'a test', $2)",
        newer,
        clock.now(),
    )
    clock.advance(timedelta(minutes=1))
    assert await one.rotation.rotate("a test") not in (older, newer)


class _Together(FileWrapper):
    """Goes on when somebody else, too, knows which key is next."""

    both = asyncio.Barrier(2)

    async def next_after(self, used: Set[str]) -> str | None:
        name = await super().next_after(used)
        await self.both.wait()
        return name


async def test_two_who_begin_at_once_come_to_the_same_key(pool: Pool, path: Path, clock: ManualClock) -> None:
    one = Process(pool, path, clock)
    await one.seal(uuid4())
    added = one.ring.add("wrapping", clock.now()).name
    clock.advance(timedelta(minutes=1))
    rotations = [Rotation(pool, _Together(KeyRing.load(path)), clock) for _ in range(2)]
    assert await asyncio.gather(*(each.begin("a test") for each in rotations)) == [added, added]
    assert [key.name for key in await one.rotation.keys() if key.active] == [added]
