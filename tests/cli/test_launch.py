"""The launcher: from any directory, over a symbolic link, complete or not at all."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from time import monotonic

import pytest

from cli import launch

ROOT = Path(__file__).resolve().parents[2]
ECHO = 'import os, sys; print(sys.argv[1:], os.getcwd(), sys.prefix.endswith(".venv")); sys.exit(7)\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that has the launcher, an empty lock, and a command that tells how it was called."""
    root = tmp_path / "a clone"
    (root / "cli").mkdir(parents=True)
    (root / "requirements").mkdir()
    shutil.copy(ROOT / "almanac", root)
    shutil.copy(ROOT / "cli" / "launch.py", root / "cli")
    (root / "cli" / "__init__.py").touch()
    (root / "cli" / "__main__.py").write_text(ECHO)
    for kind in ("runtime", "dev"):
        (root / "requirements" / f"{kind}.txt").write_text(f"# nothing for {kind}\n")
    return root


def call(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_it_makes_the_environment_once_and_hands_over(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link"
    link.symlink_to(clone / "almanac")
    (tmp_path / "cli.py").write_text("raise SystemExit('the wrong cli')")
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "another python"))
    first = call(link, "up", "--port", "1", cwd=tmp_path)
    assert (first.returncode, first.stdout) == (7, f"['up', '--port', '1'] {tmp_path} True\n")
    assert "making the Python environment" in first.stderr
    again = call(clone / "almanac", "up", cwd=tmp_path)
    assert again.stderr == ""

    # What the stamp does not vouch for is made anew: an installation that was killed, a lock that changed.
    launch.stamp_of(clone).unlink()
    (clone / ".venv" / "half").touch()
    assert "making the Python environment" in call(clone / "almanac", cwd=tmp_path).stderr
    assert not (clone / ".venv" / "half").exists()
    (clone / "requirements" / "runtime.txt").write_text("# changed\n")
    assert "installing" in call(clone / "almanac", cwd=tmp_path).stderr
    assert launch.is_current(clone, "runtime")
    assert not launch.is_current(clone, "dev")


def test_an_interrupt_while_it_starts_ends_it_without_a_word(tmp_path: Path) -> None:
    command = [str(ROOT / "almanac"), "token", "--role", "ops", "--data", str(tmp_path)]
    began = monotonic()
    subprocess.run(command, check=False, capture_output=True)
    whole = monotonic() - began
    for part in range(20):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            process.wait(whole * part / 20)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
        assert "Traceback" not in told
        assert told == "" or told.count("\n") == 1


def test_without_a_python_it_says_what_it_needs(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "readlink", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool) or "")
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    environment = {**os.environ, "PATH": str(tools)}
    answer = subprocess.run([clone / "almanac"], env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == "almanac: needs Python 3.11 or later, and none was found on the PATH\n"


def test_the_development_lock_serves_the_other_commands_too(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    launch.interpreter(clone).touch()
    launch.write_stamp(clone, "dev")
    assert launch.is_current(clone, "dev")
    assert launch.is_current(clone, "runtime")
    (clone / "requirements" / "dev.txt").write_text("# changed\n")
    assert not launch.is_current(clone, "dev")
