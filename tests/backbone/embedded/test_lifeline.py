"""A kept child ends with its owner and with its keeper, and never takes the wrong rights."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from backbone.embedded.errors import EmbeddedError
from backbone.embedded.lifeline import RunAs, start_kept
from tests.support.owning import alive
from tests.support.waiting import eventually

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]
OWNER = """
import sys, time
from pathlib import Path
from backbone.embedded.lifeline import start_kept
kept = start_kept(sys.argv[1:], directory=Path("."), log=None)
print(kept.pid, flush=True)
time.sleep(600)
"""


def start_owner() -> tuple[subprocess.Popen[str], psutil.Process]:
    """An owner, and the child of its keeper."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, *SLEEP], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    return owner, psutil.Process(int(owner.stdout.readline()))


async def test_the_child_ends_when_its_owner_is_killed() -> None:
    owner, child = start_owner()
    family = [child, *child.parents()[:1]]
    assert alive(family) == family
    owner.kill()
    owner.communicate()
    await eventually(lambda: not alive(family), within=5)


async def test_a_frozen_child_ends_with_its_owner_too() -> None:
    owner, child = start_owner()
    child.suspend()
    owner.kill()
    owner.communicate()
    await eventually(lambda: not alive([child]), within=10)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal at the parent's death is Linux's")
async def test_the_child_ends_when_its_keeper_is_killed(tmp_path: Path) -> None:
    kept = start_kept(SLEEP, directory=tmp_path, log=None)
    child = psutil.Process(kept.pid)
    child.parents()[0].kill()
    await eventually(lambda: not alive([child]), within=5)
    await kept.wait(5)


async def test_the_status_tells_how_it_ended(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "raise SystemExit(7)"]
    assert await start_kept(program, directory=tmp_path, log=None).wait(10) == 7
    assert await start_kept(SLEEP, directory=tmp_path, log=None).end(signal.SIGTERM, 10) == -signal.SIGTERM


async def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    assert await start_kept(DEAF, directory=tmp_path, log=None).end(signal.SIGTERM, 0.5) < 0


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    kept = start_kept(["/nowhere/at/all"], directory=tmp_path, log=tmp_path / "log")
    assert await kept.wait(10) == 126
    assert "/nowhere/at/all" in (tmp_path / "log").read_text()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError):
        start_kept(SLEEP, directory=tmp_path / "missing", log=tmp_path / "log")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_root_gives_all_its_rights_away(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = ["/usr/bin/env", "python3", "-c", "import os; print(os.getresuid(), os.getgroups())"]
    await start_kept(program, directory=tmp_path, log=log, run_as=RunAs("x", 65534, 65534)).wait(10)
    assert log.read_text().strip() in ("(65534, 65534, 65534) []", "(65534, 65534, 65534) [65534]")
