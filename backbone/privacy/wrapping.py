"""How data keys are wrapped by the key-encryption key; a key management service fits the same protocol."""

import os
from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backbone.privacy.errors import SealBrokenError
from backbone.privacy.keyfile import RootKey

__all__ = ["KeyWrapper", "LocalKeyWrapper", "SubjectKey"]

_NONCE: Final = 12

SubjectKey = tuple[UUID, bytes]
"""A subject and its data key, plain or wrapped."""


class KeyWrapper(Protocol):
    """Wraps and unwraps many data keys at a time, so that a remote service costs one call for a batch."""

    @property
    def name(self) -> str:
        """Which key-encryption key it is; kept beside each wrapped key, for rotation."""
        ...

    async def wrap(self, keys: Sequence[SubjectKey]) -> list[bytes]:
        """Wrapped keys in the same order, each bound to its subject."""
        ...

    async def unwrap(self, wrapped: Sequence[SubjectKey]) -> list[bytes]:
        """Data keys in the same order; ``SealBrokenError`` where one was not wrapped for its subject by this
        key."""
        ...


class LocalKeyWrapper:
    """The key-encryption key comes from the key file (AES-256-GCM, associated data = subject)."""

    name = "file"

    def __init__(self, root: RootKey) -> None:
        self._cipher = AESGCM(root.derive("key-encryption"))

    async def wrap(self, keys: Sequence[SubjectKey]) -> list[bytes]:
        nonces = [os.urandom(_NONCE) for _ in keys]
        return [
            nonce + self._cipher.encrypt(nonce, key, subject.bytes)
            for nonce, (subject, key) in zip(nonces, keys, strict=True)
        ]

    async def unwrap(self, wrapped: Sequence[SubjectKey]) -> list[bytes]:
        try:
            return [
                self._cipher.decrypt(text[:_NONCE], text[_NONCE:], subject.bytes) for subject, text in wrapped
            ]
        except (InvalidTag, ValueError):
            raise SealBrokenError("a data key was wrapped by another key, or for another subject") from None
