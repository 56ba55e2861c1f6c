"""``up``: everything answers, whatever dies comes back, and a second one is refused."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.owning import alive
from tests.support.servers import temporary_folder
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts ``up`` on one data directory."""
    started: list[subprocess.Popen[str]] = []
    with temporary_folder() as folder:

        def up(port: str = "0") -> subprocess.Popen[str]:
            environment = {
                name: value for name, value in os.environ.items() if not name.startswith("ALMANAC_")
            }
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cli", "up", "--port", port, "--data", str(folder)],
                env=environment | {"PYTHONPATH": str(ROOT), "ALMANAC_DEV": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            started.append(process)
            return process

        yield up
        for process in started:
            process.kill()
            process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def answer_of(process: subprocess.Popen[str], command: str) -> str:
    """What another command on the same data directory prints as JSON."""
    folder = process.args[-1] if isinstance(process.args, list) else ""
    line = [sys.executable, "-P", "-m", "cli", *command.split(), "--json", "--data", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        line, env=environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def servers(process: subprocess.Popen[str], word: str) -> list[psutil.Process]:
    """Those among the descendants whose command line has the word, keepers left out."""
    found = []
    for each in alive(psutil.Process(process.pid).children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            line = each.cmdline()
            if word in line and not any(part.endswith("keeper.py") for part in line):
                found.append(each)
    return found


async def kill_and_wait(process: subprocess.Popen[str], word: str) -> None:
    """kill -9, until another one is there."""
    old = servers(process, word)[0]
    old.kill()
    await eventually(lambda: not alive([old]) and servers(process, word), within=20)


async def test_what_dies_comes_back_and_a_second_one_is_refused(start: Start) -> None:
    first = start()
    url = address(first)
    assert ready(url)

    for command in ("projection list", "dead-letter list", "topics", "migrate"):
        assert isinstance(json.loads(answer_of(first, command)), list | dict), command

    _, refused = start().communicate(timeout=30)
    assert f"another Almanac (process {first.pid}) is running" in refused
    _, refused = start(url.rpartition(":")[2]).communicate(timeout=30)
    assert "another Almanac is running on" in refused

    # The last one is PostgreSQL's postmaster, who finds its files there.
    for victim in ("http", "workers", "kafka.Kafka", "/proc/self/cwd"):
        await kill_and_wait(first, victim)
    await eventually(lambda: ready(url), within=20)

    family = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGINT)
    _, shown = first.communicate(timeout=30)
    assert first.returncode == 0
    assert "http ended with status -9 and is started again" in shown
    assert not alive(family)


async def test_ctrl_c_during_the_start_ends_it_cleanly(start: Start) -> None:
    process = start()
    await eventually(lambda: servers(process, "kafka.Kafka"), within=20)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, shown = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in shown
    assert not alive(family)
