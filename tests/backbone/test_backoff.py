"""Pauses grow while tries fail one after the other, and are short again once one did its work."""

import asyncio

import pytest

from backbone import backoff
from backbone.backoff import LAST_SECONDS, STEADY_SECONDS, Backoff


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, and then how long each pause was; pausing takes no time."""
    told = [0.0]

    async def sleep(seconds: float) -> None:
        told[0] += seconds
        told.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(backoff, "monotonic", lambda: told[0])
    return told


async def test_pauses_double_up_to_the_last(clock: list[float]) -> None:
    tries = Backoff(1.0)
    for _ in range(5):
        await tries.pause()
    assert clock[1:] == [1.0, 2.0, 4.0, LAST_SECONDS, LAST_SECONDS]


async def test_a_success_makes_the_next_one_short(clock: list[float]) -> None:
    tries = Backoff(1.0)
    await tries.pause()
    await tries.pause()
    tries.reset()
    await tries.pause()
    assert clock[1:] == [1.0, 2.0, 1.0]


async def test_so_does_a_try_that_lasted_but_no_pause(clock: list[float]) -> None:
    tries = Backoff(1.0)
    for lasted in (0.0, STEADY_SECONDS - 1, STEADY_SECONDS, 0.0):
        clock[0] += lasted
        await tries.pause()
    assert clock[1:] == [1.0, 2.0, 1.0, 2.0]
