"""The installation's root secret: one file, from which every other secret of the privacy backbone is
derived."""

import os
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backbone.privacy.errors import KeyFileError

__all__ = ["RootKey"]

_MARK: Final = b"almanac-key-1 "
_OPEN_TO_OTHERS: Final = stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP


class RootKey:
    """256 random bits. Who holds this file and the database can read everything; keep them apart in
    backups."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise KeyFileError("the root key has 32 bytes")
        self._key = key

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF, RFC 5869); two purposes never share a key."""
        return HKDF(SHA256(), 32, salt=None, info=f"almanac/{purpose}/1".encode()).derive(self._key)

    @classmethod
    def load(cls, path: Path) -> "RootKey":
        """Reads the file; ``KeyFileError`` where others may read it or it isn't a key file."""
        try:
            mode = path.stat().st_mode
            raw = path.read_bytes()
        except OSError as error:
            raise KeyFileError(f"the key file {path} can't be read: {error.strerror}") from None
        if mode & _OPEN_TO_OTHERS:
            raise KeyFileError(f"the key file {path} is open to others: chmod 600 it")
        if not raw.startswith(_MARK):
            raise KeyFileError(f"{path} is not a key file of Almanac")
        try:
            return cls(urlsafe_b64decode(raw[len(_MARK) :].strip()))
        except (Base64Error, ValueError):
            raise KeyFileError(f"{path} is damaged") from None

    @classmethod
    def load_or_create(cls, path: Path) -> "RootKey":
        """The file's key; where there is no file yet, a new key, on disk (mode 0600) before it is used."""
        if not path.exists():
            _create(path)
        return cls.load(path)


def _create(path: Path) -> None:
    # Written aside and linked: two processes that start together agree on one key, and a crash in between
    # leaves no half-written key behind.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_MARK + urlsafe_b64encode(os.urandom(32)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    finally:
        draft.unlink(missing_ok=True)
