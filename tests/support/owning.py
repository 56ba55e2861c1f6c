"""Starting, watching and killing the program of ``tests/support/owner.py``, as whoever may be wanted."""

import json
import os
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

__all__ = ["Owner", "alive", "owner", "python_for_all"]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Owner:
    """The running program, and what it said about its servers."""

    process: subprocess.Popen[str]
    said: dict[str, Any]

    @property
    def family(self) -> list[psutil.Process]:
        """Everything that descends from it now."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Asks it to end; its exit status."""
        self.process.communicate(timeout=30)
        return self.process.returncode


def python_for_all() -> str | None:
    """An interpreter of our version that any user may run, if this clone too is open to any user."""
    if not _open_to_all(ROOT):
        return None
    named = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [sys.executable, f"/usr/local/bin/{named}", f"/usr/bin/{named}"]
    return next(
        (each for each in candidates if Path(each).exists() and _open_to_all(Path(each).resolve())), None
    )


def _open_to_all(path: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path, *path.parents))


@contextmanager
def owner(
    folder: Path,
    *,
    user: int | None = None,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Owner]:
    """Runs it on a data directory and waits until its servers are ready, or it said what is wrong."""
    process = subprocess.Popen(
        [python, "-m", "tests.support.owner", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": sysconfig.get_path("purelib"),
            **(environment or {}),
        },
    )
    assert process.stdout is not None
    try:
        yield Owner(process, json.loads(process.stdout.readline() or "{}"))
    finally:
        if process.poll() is None:
            process.communicate(timeout=30)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; the dead whom nobody has buried yet don't."""
    running = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                running.append(process)
        except psutil.NoSuchProcess:
            continue
    return running
