"""A leadership whose connection has ended is over, in whichever words the end is told."""

import asyncio
from typing import Any, cast

import asyncpg
import pytest

from backbone.relay import leader as leaders
from backbone.relay.leader import Leader, LeadershipLost


class Ended:
    """A connection whose server has just died."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute(self, *_: Any) -> None:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InternalClientError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.AdminShutdownError(),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
async def test_a_ping_that_fails_ends_the_leadership_and_its_work(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaders, "PING_SECONDS", 0.001)
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(LeadershipLost):
        await Leader(cast("asyncpg.Connection[asyncpg.Record]", Ended(error))).during(work())
    assert ended.is_set()
