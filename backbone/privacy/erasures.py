"""The erasure list: whose keys are destroyed, outside the database, so that no backup brings one back."""

import fcntl
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from backbone.files import fsync_folder
from backbone.privacy.errors import VaultUnavailableError

__all__ = ["ErasureList"]


class ErasureList:
    """A file that only grows: a line for each subject, its id and when. Several processes may append."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, subjects: Iterable[UUID], now: datetime) -> None:
        """Adds subjects, durably when this returns; one that is on the list already is not added again.

        ``VaultUnavailableError`` where the file can't be written: then nothing may be destroyed yet.
        """
        try:
            new = not self._path.exists()
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                text = file.read()
                known = _subjects(text)
                lines = [f"{one} {now.isoformat()}\n" for one in dict.fromkeys(subjects) if one not in known]
                if not lines:
                    return
                # A process that was killed while writing has left half a line, which names nobody.
                torn = b"" if text.endswith(b"\n") or not text else b"\n"
                file.write(torn + "".join(lines).encode())
                file.flush()
                os.fsync(file.fileno())
            if new:
                fsync_folder(self._path.parent)
        except OSError as error:
            raise VaultUnavailableError(f"the erasure list can't be written ({error.strerror})") from None

    def subjects(self) -> frozenset[UUID]:
        """Everybody on it; nobody where there is no list yet. ``VaultUnavailableError``: it can't be read."""
        try:
            return frozenset(_subjects(self._path.read_bytes()))
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise VaultUnavailableError(f"the erasure list can't be read ({error.strerror})") from None


def _subjects(text: bytes) -> set[UUID]:
    found: set[UUID] = set()
    for line in text.splitlines():
        try:
            subject, _ = line.decode("ascii").split(" ")
            found.add(UUID(subject))
        except ValueError:
            continue
    return found
