"""The README's own commands, run as they stand there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import temporary_folder

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ALMANAC_")}


def block(heading: str, language: str) -> str:
    """The first code block of a language below a heading."""
    found = re.search(rf"^## {heading}$.*?^```{language}$\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


@pytest.fixture
def running() -> Iterator[tuple[str, str, Path]]:
    """URL, Kafka address and data directory of a running ``up`` in development mode."""
    with temporary_folder() as folder:
        line = [str(ROOT / "almanac"), "up", "--port", "0", "--data", str(folder)]
        with subprocess.Popen(
            line,
            env=ENVIRONMENT | {"ALMANAC_DEV": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as up:
            assert up.stdout is not None
            assert up.stderr is not None
            url = up.stdout.readline().strip()
            kafka = next(told.split()[1] for told in up.stderr if told.startswith("Kafka:"))
            yield url, kafka, folder
            up.terminate()
            up.communicate(timeout=30)


def test_the_first_appointment_its_event_and_the_first_command(
    running: tuple[str, str, Path], tmp_path: Path
) -> None:
    url, kafka, data = running
    script = block("Book your first appointment", "sh") + block("Send a command", "sh")
    script = script.replace("URL=http://127.0.0.1:8080", f"URL={url}").replace("./almanac", f"{ROOT}/almanac")
    script = script.replace("KAFKA=HOST:PORT", f"KAFKA={kafka}")
    script = script.replace(".venv/bin/python examples", f"{sys.executable} {ROOT}/examples")
    environment = ENVIRONMENT | {"ALMANAC_DATA_DIR": str(data)}
    told = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert '"status":"booked"' in told.stdout
    assert "/problems/slot-taken" in told.stdout
    calendar = next(line for line in told.stdout.splitlines() if '"entries"' in line)
    assert '"family_name":"Okafor"' in calendar[calendar.index('"entries"') :]
    kind, _, answer = told.stdout.splitlines()[-1].partition(" ")
    assert kind == "almanac.command-results.Accepted.v1"
    assert json.loads(answer)["status"] == "booked"

    consumer = [sys.executable, str(ROOT / "examples" / "consume.py"), kafka]
    with subprocess.Popen(consumer, stdout=subprocess.PIPE, text=True) as consuming:
        assert consuming.stdout is not None
        first = consuming.stdout.readline()
        consuming.kill()
    assert "almanac.booking.AppointmentBooked.v1 booked" in first


def test_the_consumer_shown_is_the_one_in_examples() -> None:
    assert block("Consume the events", "python") in (ROOT / "examples" / "consume.py").read_text()
