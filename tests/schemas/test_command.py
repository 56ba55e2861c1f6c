"""``almanac schemas``: its commands, and the committed documents themselves."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.commands import schemas as command
from cli.commands.schemas import schemas
from cli.schemas import FOLDER
from cli.schemas.events import event_schema
from tests.schemas.sample_service.events import ToyBorrowed, ToyBroken

RUN = CliRunner()
BORROWED, BROKEN = "events/almanac.toys.ToyBorrowed.v1.json", "events/almanac.toys.ToyBroken.v1.json"


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the code says; a test may change it."""
    code: dict[str, Any] = {
        BORROWED: event_schema(ToyBorrowed, "https://toys.example"),
        BROKEN: event_schema(ToyBroken, "https://toys.example"),
    }
    monkeypatch.setattr(command, "documents", lambda folder: code)
    return code


def test_the_committed_documents_are_what_the_code_says_and_keep_what_was_released() -> None:
    found = RUN.invoke(schemas, ["check", "--folder", str(FOLDER)])
    assert found.exit_code == 0, f"run: almanac schemas write\n{found.output}"


def test_check_fails_until_the_documents_are_written(says: dict[str, Any], tmp_path: Path) -> None:
    before = RUN.invoke(schemas, ["check", "--folder", str(tmp_path)])
    assert before.exit_code == 1
    assert f"{BORROWED}: missing" in before.stderr
    assert "almanac schemas write" in before.stderr.splitlines()[-1]
    written = RUN.invoke(schemas, ["write", "--folder", str(tmp_path)])
    assert written.stdout.split() == [BORROWED, BROKEN]
    assert RUN.invoke(schemas, ["check", "--folder", str(tmp_path)]).exit_code == 0


def test_a_broken_promise_fails_the_check_and_refuses_the_release(
    says: dict[str, Any], tmp_path: Path
) -> None:
    assert RUN.invoke(schemas, ["release", "--folder", str(tmp_path)]).exit_code == 0
    del says[BROKEN]["properties"]["why"]
    written = RUN.invoke(schemas, ["write", "--folder", str(tmp_path), "--json"])
    assert json.loads(written.stdout) == {"changed": [BROKEN]}
    checked = RUN.invoke(schemas, ["check", "--folder", str(tmp_path), "--json"])
    assert checked.exit_code == 1
    assert json.loads(checked.stdout) == {"differences": [], "broken": [f"{BROKEN}: why: removed"]}
    refused = RUN.invoke(schemas, ["release", "--folder", str(tmp_path)])
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[0] == f"{BROKEN}: why: removed"
    assert "docs/schemas.md" in refused.stderr.splitlines()[-1]
