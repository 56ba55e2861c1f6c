"""The folder where an installation with embedded servers keeps everything: one at a time may use it."""

import fcntl
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from platformdirs import user_data_path

from backbone.embedded.errors import DataDirInUseError, EmbeddedError
from backbone.files import replace_private

__all__ = ["DataDir", "default_data_dir"]

STOPPING_SECONDS = 8.0
"""How long the servers of an owner that was killed may take to end."""
LOG_BYTES = 16 * 1024 * 1024


def default_data_dir() -> Path:
    """``/var/lib/almanac`` as root, else the user's data directory."""
    if os.geteuid() == 0:
        return Path("/var/lib/almanac")
    return user_data_path("almanac", appauthor=False)


class DataDir:
    """A locked data directory, for the time of the ``with`` block."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._lock: int | None = None

    def __enter__(self) -> Self:
        try:
            # Traversable: PostgreSQL runs as another user when we are root. Secrets have their own modes.
            self.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            why = "it is no folder" if isinstance(error, FileExistsError) else error.strerror
            raise EmbeddedError(
                f"the data directory {self.path} can't be used ({why}): choose another --data"
            ) from None
        try:
            self._take(lock)
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock
        for folder in ("logs", "secrets"):
            (self.path / folder).mkdir(mode=0o700, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def lock(self) -> int:
        """The lock's descriptor, for keepers: the directory is in use until the last server has ended."""
        if self._lock is None:
            raise EmbeddedError("the data directory is not open")
        return self._lock

    def log(self, name: str) -> Path:
        """A log file to append to; a big one is put aside first."""
        path = self.path / "logs" / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    def secrets(self, name: str) -> dict[str, str]:
        """The secrets kept under a name; empty when none are."""
        path = self.path / "secrets" / f"{name}.json"
        if not path.exists():
            return {}
        kept: dict[str, str] = json.loads(path.read_text())
        return kept

    def keep_secrets(self, name: str, secrets: dict[str, str]) -> None:
        """Writes secrets down, readable by the owner only, all or nothing."""
        path = self.path / "secrets" / f"{name}.json"
        replace_private(path, json.dumps(secrets, indent=1).encode())

    def _take(self, lock: int) -> None:
        deadline = time.monotonic() + STOPPING_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = _owner(lock)
                if owner is None and time.monotonic() < deadline:
                    # Its owner was killed, and its servers are just ending.
                    time.sleep(0.05)
                    continue
                who = "" if owner is None else f" (process {owner})"
                raise DataDirInUseError(
                    f"another Almanac{who} is running on {self.path}: stop it, or choose another --data"
                ) from None
            me = psutil.Process()
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{me.pid} {me.create_time()}".encode(), 0)
            return


def _owner(lock: int) -> int | None:
    """Process id of the living process that wrote itself into the lock; a reused id does not count."""
    words = os.pread(lock, 100, 0).split()
    if len(words) != 2:
        return None
    pid = int(words[0])
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - float(words[1])) < 3 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return pid if same else None
