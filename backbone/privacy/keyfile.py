"""The key file: the installation's root secret, and the keys that were added to it since.

Its first line is ``almanac-key-1`` and the root; each further line is an added key, read by ``keyring``.
"""

import os
import stat
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from hmac import compare_digest
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backbone.files import create_private, replace_private
from backbone.privacy.errors import KeyFileError

__all__ = ["RootKey", "decoded", "read_lines", "write_lines"]

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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RootKey) and compare_digest(self._key, other._key)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF, RFC 5869); two purposes never share a key."""
        return HKDF(SHA256(), 32, salt=None, info=f"almanac/{purpose}/1".encode()).derive(self._key)

    @classmethod
    def load(cls, path: Path) -> "RootKey":
        """Reads the file; ``KeyFileError`` where others may read it or it isn't a key file."""
        return cls(decoded(path, read_lines(path)[0][len(_MARK) :]))

    @classmethod
    def load_or_create(cls, path: Path) -> "RootKey":
        """The file's key; where there is no file yet, a new key, on disk (mode 0600) before it is used."""
        if not path.exists():
            try:
                create_private(path, _MARK + urlsafe_b64encode(os.urandom(32)) + b"\n")
            except FileNotFoundError:
                raise KeyFileError(f"the key file {path} can't be made: there is no folder for it") from None
            except OSError as error:
                raise KeyFileError(f"the key file {path} can't be made: {error.strerror}") from None
        return cls.load(path)


def read_lines(path: Path) -> list[bytes]:
    """The lines, the root's first; ``KeyFileError`` where others may read the file or it is another kind."""
    try:
        mode = path.stat().st_mode
        raw = path.read_bytes()
    except FileNotFoundError:
        raise KeyFileError(
            f"there is no key file {path}: bring the installation's there, or make a new installation's "
            "with almanac keys create"
        ) from None
    except OSError as error:
        raise KeyFileError(f"the key file {path} can't be read: {error.strerror}") from None
    if mode & _OPEN_TO_OTHERS:
        raise KeyFileError(f"the key file {path} is open to others: chmod 600 it")
    if not raw.startswith(_MARK):
        raise KeyFileError(f"{path} is not a key file of Almanac")
    return raw.splitlines()


def decoded(path: Path, text: bytes) -> bytes:
    """A key's bytes; ``KeyFileError`` where they are damaged."""
    try:
        return b64decode(text.strip(), altchars=b"-_", validate=True)
    except (Base64Error, ValueError):
        raise KeyFileError(f"{path} is damaged") from None


def write_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Replaces the file: whole and durable when this returns, never half; its mode stays 0600."""
    replace_private(path, b"".join(line + b"\n" for line in lines))
