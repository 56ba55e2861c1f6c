"""How data keys are wrapped: by a key-encryption key of the key file, or of a key management service.

A key-encryption key has a name, which is kept beside each data key that it wraps; so keys of several kinds
can be in use at a time, and moving from one to another is the rotation that it always is.
"""

import os
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backbone.privacy.errors import KeyFileError, KeyServiceError, SealBrokenError
from backbone.privacy.keyring import KeyRing

__all__ = ["FileWrapper", "KeyWrapper", "SubjectKey", "Wrappers", "unwrap_all"]

_NONCE: Final = 12
FIRST: Final = "file"
"""The key-encryption key that is derived from the root: the one that an installation starts with."""

SubjectKey = tuple[UUID, bytes]
"""A subject and its data key, plain or wrapped."""


class KeyWrapper(Protocol):
    """Key-encryption keys of one kind. Many data keys at a time: a service costs one call for a batch.

    Each method raises ``KeyServiceError`` where the key can't be had now.
    """

    def has(self, name: str) -> bool:
        """Whether a key of this name is of this kind; it need not exist (any more)."""
        ...

    async def names(self) -> Sequence[str]:
        """The keys that exist, the oldest first; at least one."""
        ...

    async def wrap(self, name: str, keys: Sequence[SubjectKey]) -> list[bytes]:
        """Wrapped keys in the same order, each bound to its subject."""
        ...

    async def unwrap(self, name: str, wrapped: Sequence[SubjectKey]) -> list[bytes]:
        """Data keys in the same order; ``SealBrokenError`` where one was not wrapped for its subject by this
        key."""
        ...

    async def next_after(self, used: Set[str]) -> str | None:
        """The key to use after those in ``used``, where one was made already; None: one has to be made."""
        ...

    async def make(self, now: datetime) -> str:
        """Makes one more key, durable where this returns, and gives its name."""
        ...

    async def remove(self, name: str) -> None:
        """Destroys the key; what it wraps is lost. Whether it may be done is the caller's to know."""
        ...


class FileWrapper:
    """Keys of the key file (AES-256-GCM, associated data = subject): the root's, and those added since."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._ciphers: dict[str, AESGCM] = {FIRST: AESGCM(ring.root.derive("key-encryption"))}

    def has(self, name: str) -> bool:
        return name == FIRST or name.startswith(f"{FIRST}:")

    async def names(self) -> Sequence[str]:
        return [FIRST, *(key.name for key in self._ring.added("wrapping"))]

    async def wrap(self, name: str, keys: Sequence[SubjectKey]) -> list[bytes]:
        cipher = self._cipher(name)
        nonces = [os.urandom(_NONCE) for _ in keys]
        return [
            nonce + cipher.encrypt(nonce, key, subject.bytes)
            for nonce, (subject, key) in zip(nonces, keys, strict=True)
        ]

    async def unwrap(self, name: str, wrapped: Sequence[SubjectKey]) -> list[bytes]:
        cipher = self._cipher(name)
        try:
            return [cipher.decrypt(text[:_NONCE], text[_NONCE:], subject.bytes) for subject, text in wrapped]
        except (InvalidTag, ValueError):
            raise SealBrokenError("a data key was wrapped by another key, or for another subject") from None

    async def next_after(self, used: Set[str]) -> str | None:
        """In the order of adding: whoever adds two has them used one after the other, and never an older one
        after a newer."""
        names = await self.names()
        last = max((at for at, name in enumerate(names) if name in used), default=0)
        return names[last + 1] if last + 1 < len(names) else None

    async def make(self, now: datetime) -> str:
        return self._ring.add("wrapping", now).name

    async def remove(self, name: str) -> None:
        if name == FIRST:
            raise KeyFileError("the first key comes from the root of the key file and stays with it")
        self._ciphers.pop(name, None)
        self._ring.remove(name)

    def _cipher(self, name: str) -> AESGCM:
        known = self._ciphers.get(name)
        if known is None:
            self._ciphers |= {key.name: AESGCM(key.key) for key in self._ring.added("wrapping")}
            known = self._ciphers.get(name)
        if known is None:
            raise KeyServiceError(f"the key file here has no key {name}")
        return known


class Wrappers:
    """Several kinds in one: each key is used by its own kind; new keys are made by the first kind."""

    def __init__(self, first: KeyWrapper, *others: KeyWrapper) -> None:
        self._first = first
        self._all = (first, *others)

    def has(self, name: str) -> bool:
        return any(one.has(name) for one in self._all)

    async def names(self) -> Sequence[str]:
        return [name for one in reversed(self._all) for name in await one.names()]

    async def wrap(self, name: str, keys: Sequence[SubjectKey]) -> list[bytes]:
        return await self._of(name).wrap(name, keys)

    async def unwrap(self, name: str, wrapped: Sequence[SubjectKey]) -> list[bytes]:
        return await self._of(name).unwrap(name, wrapped)

    async def next_after(self, used: Set[str]) -> str | None:
        # Keys of the other kinds are there to read with; a rotation never goes back to them.
        return await self._first.next_after(used)

    async def make(self, now: datetime) -> str:
        return await self._first.make(now)

    async def remove(self, name: str) -> None:
        await self._of(name).remove(name)

    def _of(self, name: str) -> KeyWrapper:
        for one in self._all:
            if one.has(name):
                return one
        raise KeyServiceError(f"no settings here lead to the key {name}")


async def unwrap_all(wrapper: KeyWrapper, rows: Sequence[tuple[str, UUID, bytes]]) -> Mapping[UUID, bytes]:
    """Data keys by subject, of rows (name of the wrapping key, subject, wrapped): one call for each name."""
    by_name: dict[str, list[SubjectKey]] = {}
    for name, subject, wrapped in rows:
        by_name.setdefault(name, []).append((subject, wrapped))
    found: dict[UUID, bytes] = {}
    for name, some in by_name.items():
        plain = await wrapper.unwrap(name, some)
        found.update(zip((subject for subject, _ in some), plain, strict=True))
    return found
