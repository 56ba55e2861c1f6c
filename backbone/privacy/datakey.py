"""One subject's data key: the only code that opens what was sealed. Private to ``backbone.privacy``.

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D, section 8.2.2: far below 2^32 texts per key). The
associated data binds a text to its subject, to the event it was first sealed in, and to its field.
"""

import hmac
import os
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backbone.privacy.errors import SealBrokenError
from backbone.privacy.fields import field_of
from backbone.privacy.sealed import NONCE_BYTES, Parts, Sealed, pack, unpack

__all__ = ["DataKey", "KEY_BYTES", "commitment"]

KEY_BYTES: Final = 32


def commitment(key: bytes) -> bytes:
    """What is kept when a key is made: shows later which key it was, without giving it away."""
    return hmac.digest(key, b"commit", "sha256")


class DataKey:
    """A key in use; never printed, never pickled."""

    __slots__ = ("_cipher", "commitment", "subject")

    def __init__(self, subject: UUID, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a data key has {KEY_BYTES} bytes")
        self.subject = subject
        self.commitment = commitment(key)
        self._cipher = AESGCM(key)

    def seal(self, text: str, stream: UUID, version: int, path: str) -> Sealed:
        """Seals ``text`` for field ``path`` of the event ``<stream>-<version>``."""
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = self._cipher.encrypt(
            nonce, text.encode(), _associated_data(self.subject, stream, version, path)
        )
        return pack(Parts(self.subject, stream, version, nonce, ciphertext))

    def open(self, sealed: str, path: str) -> str:
        """The text; ``SealBrokenError`` where it was changed or belongs to another subject, event or
        field."""
        parts = unpack(sealed)
        if parts.subject != self.subject:
            raise SealBrokenError("sealed for another subject")
        associated = _associated_data(parts.subject, parts.stream, parts.version, path)
        try:
            return self._cipher.decrypt(parts.nonce, parts.ciphertext, associated).decode()
        except InvalidTag:
            raise SealBrokenError("changed, or moved from another field or event") from None

    def __reduce__(self) -> str:
        raise TypeError("a data key stays in its process")


def _associated_data(subject: UUID, stream: UUID, version: int, path: str) -> bytes:
    """What the ciphertext is bound to: it opens only as this field of this event of this subject."""
    return b"almanac sealed 1\0%b%b%b%b" % (
        subject.bytes,
        stream.bytes,
        version.to_bytes(4, "big"),
        field_of(path).encode(),
    )
