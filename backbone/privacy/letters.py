"""Dead letters are sealed whole: who watches them learns why a record failed, not what it said."""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backbone.privacy.errors import SealBrokenError
from backbone.privacy.keyfile import RootKey

__all__ = ["PREFIX", "LetterSeal"]

PREFIX: Final = b"letter1:"
"""What every sealed value begins with."""
_NONCE: Final = 12


class LetterSeal:
    """AES-256-GCM under a key of its own from the root key.

    Sealed: ``letter1:`` + base64url of nonce, ciphertext and tag; text, so that a console client can show it.
    """

    __slots__ = ("_cipher", "_marks")

    def __init__(self, root: RootKey) -> None:
        self._cipher = AESGCM(root.derive("dead-letter"))
        self._marks = root.derive("dead-letter-mark")

    def seal(self, value: bytes) -> bytes:
        """What is kept and published in the value's place."""
        nonce = os.urandom(_NONCE)
        return PREFIX + urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, value, PREFIX)).rstrip(b"=")

    def mark(self, text: str) -> str:
        """What a text is known by without being told: the same for the same, a keyed hash."""
        digest = hmac.digest(self._marks, text.encode(), "sha256")
        return "mark:" + urlsafe_b64encode(digest[:18]).decode("ascii")

    def open(self, sealed: bytes) -> bytes:
        """The record's value as it was, its fields of patients sealed as ever; ``SealBrokenError``."""
        if not sealed.startswith(PREFIX):
            raise SealBrokenError("not a sealed dead letter")
        text = sealed[len(PREFIX) :]
        try:
            raw = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], PREFIX)
        except (InvalidTag, Base64Error, ValueError):
            raise SealBrokenError("a dead letter was changed, or sealed by another installation") from None
