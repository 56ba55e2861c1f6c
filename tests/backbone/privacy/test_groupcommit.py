"""Batches form by themselves; one bad item, or a caller who gives up, harms nobody else."""

import asyncio
from collections.abc import Sequence

import pytest

from backbone.privacy.errors import VaultUnavailableError
from backbone.privacy.groupcommit import GroupCommit
from tests.support.waiting import eventually


async def test_what_arrives_meanwhile_is_one_batch() -> None:
    batches: list[list[int]] = []

    async def write(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        await asyncio.sleep(0)
        return [item * 2 for item in items]

    commits = GroupCommit(write, max_batch=50)
    assert await asyncio.gather(*(commits.submit(n) for n in range(120))) == [n * 2 for n in range(120)]
    assert [len(batch) for batch in batches] == [50, 50, 20]


async def test_a_bad_item_fails_alone() -> None:
    async def write(items: Sequence[int]) -> list[int]:
        if 13 in items:
            raise ValueError("13")
        return list(items)

    commits = GroupCommit(write)
    results = await asyncio.gather(*(commits.submit(n) for n in (1, 13, 2)), return_exceptions=True)
    assert results[0] == 1
    assert isinstance(results[1], ValueError)
    assert results[2] == 2


async def test_an_unavailable_database_is_asked_once_for_a_batch() -> None:
    asked = 0

    async def write(items: Sequence[int]) -> list[int]:
        nonlocal asked
        asked += 1
        raise VaultUnavailableError("away")

    commits = GroupCommit(write)
    results = await asyncio.gather(*(commits.submit(n) for n in range(10)), return_exceptions=True)
    assert all(isinstance(result, VaultUnavailableError) for result in results)
    assert asked == 1


async def test_who_waits_behind_a_server_that_has_stopped_learns_it_with_those_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backbone.privacy.groupcommit.STALLED_SECONDS", 0.01)
    batches: list[list[int]] = []

    async def write(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        await asyncio.sleep(0.05)
        raise VaultUnavailableError("stopped")

    commits = GroupCommit(write)
    first = asyncio.create_task(commits.submit(1))
    await eventually(lambda: batches)
    results = await asyncio.gather(first, *(commits.submit(n) for n in (2, 3)), return_exceptions=True)
    assert all(isinstance(result, VaultUnavailableError) for result in results)
    assert batches == [[1]]


async def test_an_item_is_written_though_its_caller_gave_up() -> None:
    written: list[int] = []
    go_on = asyncio.Event()

    async def write(items: Sequence[int]) -> list[int]:
        await go_on.wait()
        written.extend(items)
        return list(items)

    commits = GroupCommit(write)
    waiting = asyncio.create_task(commits.submit(1))
    await asyncio.sleep(0)
    waiting.cancel()
    go_on.set()
    await commits.drain()
    assert written == [1]
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_too_many_waiting_are_turned_away() -> None:
    go_on = asyncio.Event()

    async def write(items: Sequence[int]) -> list[int]:
        await go_on.wait()
        return list(items)

    commits = GroupCommit(write, max_waiting=2)
    being_written = asyncio.create_task(commits.submit(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(commits.submit(n)) for n in (2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(VaultUnavailableError):
        await commits.submit(4)
    go_on.set()
    assert await asyncio.gather(being_written, *waiting) == [1, 2, 3]
