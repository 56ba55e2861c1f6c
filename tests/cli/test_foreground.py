"""Work in the foreground ends when it is done or when it is told to, and closes what it opened."""

import asyncio
import os
import signal

import pytest

from cli.foreground import until_told


async def test_work_that_is_done_was_not_told_to_end() -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    assert await until_told(work()) is True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_after_it_has_closed(number: signal.Signals) -> None:
    closed: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            closed.append("closed")

    assert await until_told(work()) is False
    assert closed == ["closed"]


async def test_what_went_wrong_is_raised() -> None:
    async def work() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await until_told(work())
