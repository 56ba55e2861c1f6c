"""The key ring: the root key and the keys that were added to its file, read again whenever that changes."""

import fcntl
import hmac
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from backbone.privacy.errors import KeyFileError
from backbone.privacy.keyfile import RootKey, decoded, read_lines, write_lines

__all__ = ["AddedKey", "KeyKind", "KeyRing"]

KeyKind = Literal["wrapping", "commands"]
_KINDS: Final[dict[bytes, KeyKind]] = {b"wrapping": "wrapping", b"commands": "commands"}
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True, repr=False)
class AddedKey:
    """256 random bits with a name that says nothing of them; never printed."""

    kind: KeyKind
    key: bytes
    made_at: datetime
    used_from: datetime
    """From when it is the one to encrypt with; it decrypts at once."""

    @property
    def name(self) -> str:
        """The same wherever the key is: ``file:1f3a9c02``."""
        return f"file:{hmac.digest(self.key, b'name', 'sha256')[:4].hex()}"


class KeyRing:
    """What the key file holds. A process notices what another adds or removes, without a restart."""

    def __init__(self, root: RootKey, path: Path | None = None) -> None:
        """``path`` None: the root alone, for tests and where no key can be added."""
        self.root = root
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._added: tuple[AddedKey, ...] = ()

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """``KeyFileError`` where the file can't be used."""
        ring = cls(RootKey.load(path), path)
        ring.added()
        return ring

    def added(self, kind: KeyKind | None = None) -> tuple[AddedKey, ...]:
        """Keys of one kind, or all, the oldest first."""
        if self._path is not None:
            self._refresh(self._path)
        return tuple(key for key in self._added if kind in (None, key.kind))

    def add(self, kind: KeyKind, now: datetime, used_from: datetime | None = None) -> AddedKey:
        """A new key, in the file before it is used anywhere; ``KeyFileError`` where it can't be written."""
        new = AddedKey(kind, os.urandom(_KEY_BYTES), now, used_from or now)
        with self._changing() as (path, lines):
            write_lines(path, [*lines, _line(new)])
        return new

    def remove(self, name: str) -> bool:
        """Takes an added key out of the file for good; False where there is none of that name."""
        with self._changing() as (path, lines):
            kept = [lines[0], *(line for line in lines[1:] if _parse(path, line).name != name)]
            if len(kept) == len(lines):
                return False
            write_lines(path, kept)
        return True

    def _refresh(self, path: Path) -> None:
        try:
            status = path.stat()
        except OSError:
            return  # away for a moment, as while a mounted secret is exchanged: what was known goes on
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen != self._seen:
            lines = read_lines(path)
            if RootKey(decoded(path, lines[0].partition(b" ")[2])) != self.root:
                raise KeyFileError(f"{path} is another installation's")
            self._added = tuple(_parse(path, line) for line in lines[1:])
            self._seen = seen

    @contextmanager
    def _changing(self) -> Iterator[tuple[Path, Sequence[bytes]]]:
        """Locks the key file's folder, so that one process at a time changes the file."""
        if self._path is None:
            raise KeyFileError("there is no key file to change")
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX)
            yield self._path, read_lines(self._path)
        except OSError as error:
            raise KeyFileError(f"{self._path} can't be written: {error.strerror}") from None
        finally:
            os.close(directory)


def _line(key: AddedKey) -> bytes:
    text = urlsafe_b64encode(key.key).decode()
    return f"{key.kind} {key.made_at.isoformat()} {key.used_from.isoformat()} {text}".encode()


def _parse(path: Path, line: bytes) -> AddedKey:
    try:
        kind, made_at, used_from, text = line.split()
        key = decoded(path, text)
        if len(key) != _KEY_BYTES:
            raise ValueError
        made, used = (datetime.fromisoformat(part.decode()) for part in (made_at, used_from))
        return AddedKey(_KINDS[kind], key, made, used)
    except (ValueError, KeyError):
        raise KeyFileError(f"{path} is damaged") from None
