"""What ``up`` says when it is ready: to a person, and to a script."""

import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from backbone.kafka import Kafka
from backbone.settings import Settings
from cli.commands.up import introduce
from cli.installation import Installation, Plan

URL = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("terminal", "for_scripts"),
    [({"out", "error"}, ""), ({"error"}, f"{URL}\n"), ({"out"}, f"{URL}\n"), (set(), f"{URL}\n")],
)
def test_a_terminal_shows_the_address_once_and_a_script_gets_it_alone(
    terminal: set[str], for_scripts: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: "out" in terminal)
    console = Console(file=StringIO(), force_terminal="error" in terminal)
    installation = Installation(URL, Path("data"), {}, Kafka("127.0.0.1:9092"), {})

    introduce(installation, Plan(Settings(), Path("data"), "127.0.0.1", 8080), console)

    assert capsys.readouterr().out == for_scripts
    assert isinstance(console.file, StringIO)
    assert f"Almanac is ready at {URL}" in console.file.getvalue()
