"""However the demo ends: a claim that did not hold is told, and is its exit status."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.demo import running
from cli.demo.checking.verdict import Verdict
from cli.demo.clinic import ClinicFiles
from cli.errors import CliError
from examples.generate import read

HELD, FAILED = Verdict("a", "1 event", ()), Verdict("no double booking", "1 event", ("twice",))


@asynccontextmanager
async def nothing(*_: object) -> AsyncIterator[None]:
    yield


def interrupted(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Plays a day that comes to these verdicts; Ctrl-C comes when the visitor is asked in, or before."""

    def plays(*verdicts: Verdict, cut_short: bool = False) -> None:
        async def lived(*_: object) -> Any:
            if cut_short:
                interrupted()
                await asyncio.Event().wait()
            return SimpleNamespace(verdicts=verdicts)

        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.setattr(running, "running", nothing)
        monkeypatch.setattr(running, "_system", lambda *_: None)
        monkeypatch.setattr(running, "live_a_day", lived)
        monkeypatch.setattr(running, "_invite", interrupted)

    return plays


async def test_ctrl_c_after_the_day_tells_what_did_not_hold(day: Callable[..., None]) -> None:
    files = ClinicFiles.read(read())
    day(HELD)
    await running.demonstrate(files, port=0, leave=False)
    day(HELD, FAILED)
    with pytest.raises(CliError, match="no double booking"):
        await running.demonstrate(files, port=0, leave=False)


async def test_ctrl_c_before_anything_was_judged(day: Callable[..., None]) -> None:
    files = ClinicFiles.read(read())
    day(HELD, cut_short=True)
    await running.demonstrate(files, port=0, leave=False)
    with pytest.raises(CliError, match="nothing was checked"):
        await running.demonstrate(files, port=0, leave=True)
