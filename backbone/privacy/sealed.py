"""A sealed text: ciphertext that may lie anywhere, and tells whose key opens it and where it was sealed."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from backbone.privacy.errors import SealBrokenError

__all__ = ["Parts", "Sealed"]

PREFIX: Final = "sealed1:"
PATTERN: Final = "^sealed1:[A-Za-z0-9_-]{66,}$"
NONCE_BYTES: Final = 12
_HEAD = 1 + 16 + 4
_OWN_STREAM, _OTHER_STREAM = b"\x00", b"\x01"


class Sealed(str):
    """``sealed1:`` + base64url of stream, version, (subject,) nonce, ciphertext and tag. A plain string in
    JSON.

    The event it was first sealed in stands inside, because later events of the stream repeat the text as it
    is.
    """

    __slots__ = ()

    @property
    def subject(self) -> UUID:
        """Whose key opens it."""
        return unpack(self).subject

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(pattern=PATTERN))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": PATTERN,
            "description": "Ciphertext (AES-256-GCM); the key never leaves Almanac.",
        }


class Parts(NamedTuple):
    """What a sealed text consists of. ``stream`` and ``version`` name the event it was first sealed in."""

    subject: UUID
    stream: UUID
    version: int
    nonce: bytes
    ciphertext: bytes


def pack(parts: Parts) -> Sealed:
    """The text form; shorter where the subject is the stream itself."""
    own = parts.subject == parts.stream
    raw = b"".join(
        (
            _OWN_STREAM if own else _OTHER_STREAM,
            parts.stream.bytes,
            parts.version.to_bytes(4, "big"),
            b"" if own else parts.subject.bytes,
            parts.nonce,
            parts.ciphertext,
        )
    )
    return Sealed(PREFIX + urlsafe_b64encode(raw).rstrip(b"=").decode())


def unpack(text: str) -> Parts:
    """The parts of a sealed text; ``SealBrokenError`` where it isn't one, or is written in a second way."""
    if not text.startswith(PREFIX):
        raise SealBrokenError("not a sealed text")
    body = text[len(PREFIX) :]
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (Base64Error, ValueError):
        raise SealBrokenError("not base64url") from None
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != body:
        raise SealBrokenError("not the one way to write it")
    own = raw[:1] == _OWN_STREAM
    nonce_at = _HEAD if own else _HEAD + 16
    if len(raw) < nonce_at + NONCE_BYTES + 16 or raw[:1] not in (_OWN_STREAM, _OTHER_STREAM):
        raise SealBrokenError("truncated, or of an unknown kind")
    stream = UUID(bytes=raw[1:17])
    return Parts(
        subject=stream if own else UUID(bytes=raw[_HEAD:nonce_at]),
        stream=stream,
        version=int.from_bytes(raw[17:_HEAD], "big"),
        nonce=raw[nonce_at : nonce_at + NONCE_BYTES],
        ciphertext=raw[nonce_at + NONCE_BYTES :],
    )
