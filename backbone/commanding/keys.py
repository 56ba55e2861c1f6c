"""The keys to which other systems encrypt what identifies a patient; made of the key file, published as JWKS.

JWE (RFC 7516) in compact form, ECDH-ES on P-256, A256GCM: what every JOSE library has. A private key is
derived, so it is the same in every process, and is in no database. The first comes from the root; one that is
added to the key file takes its place when its time comes, and the one before goes on decrypting for a week:
systems have time to fetch the new one, and what lies on Kafka still opens.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from backbone.clock import Clock
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing

__all__ = ["OVERLAP", "CommandKeys", "NotDecryptable", "is_jwe"]

_HEADER: Final = {"alg": "ECDH-ES", "enc": "A256GCM"}
_ALGORITHMS: Final = list(_HEADER.values())
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (SP 800-186, 3.2.1.3)."""
_MOST_CHARS: Final = 32_768
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
OVERLAP: Final = timedelta(days=7)
"""How long a key decrypts after the next one is published: as long as commands are kept on Kafka."""


class NotDecryptable(ValueError):
    """Not a JWE, not to our key, or with algorithms that are not taken. Holds nothing of the text."""


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    key: ECKey
    kid: str
    """RFC 7638 thumbprint."""
    used_from: datetime


class CommandKeys:
    """The installation's keys for commands; never printed."""

    __slots__ = ("__keys", "__names", "_clock", "_ring")

    def __init__(self, ring: KeyRing, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock
        self.__names = ring.root.derive("asserted-users")
        self.__keys = {"root": _key(ring.root, _BEGINNING)}

    @property
    def key_id(self) -> str:
        """Of the key to encrypt to now."""
        return self._current()[0].kid

    def published(self) -> dict[str, Any]:
        """The JSON Web Key Set that ``GET /v1/keys`` answers: the key to encrypt to comes first, then those
        that it replaced and that still decrypt."""
        return {
            "keys": [
                one.key.as_dict(private=False) | {"kid": one.kid, "use": "enc", "alg": _HEADER["alg"]}
                for one in self._current()
            ]
        }

    def open(self, token: str) -> str:
        """The text of a compact JWE; ``NotDecryptable`` otherwise."""
        if len(token) > _MOST_CHARS:
            raise NotDecryptable("too long")
        for one in self._all():
            try:
                opened = jwe.decrypt_compact(token, one.key, algorithms=_ALGORITHMS)
                return (opened.plaintext or b"").decode()
            except (JoseError, ValueError, TypeError, KeyError):
                continue
        raise NotDecryptable("not a JWE to a key of ours")

    def encrypt(self, content: bytes) -> bytes:
        """A compact JWE to ourselves: for what must be kept though it could not be read."""
        one = self._current()[0]
        header = _HEADER | {"kid": one.kid}
        return jwe.encrypt_compact(header, content, one.key, algorithms=_ALGORITHMS).encode("ascii")

    def pseudonym(self, system: str, kind: str, who: str) -> str:
        """The name under which an end user, whom a system names, is on record."""
        told = f"{system}\0{kind}\0{who}".encode()
        return "a-" + hmac.digest(self.__names, told, "sha256")[:16].hex()

    def _all(self) -> list[_Key]:
        """The latest first."""
        added, now = self._ring.added("commands"), self._clock.now()
        known = {"root": self.__keys["root"]}
        for one in added:
            known[one.name] = self.__keys.get(one.name) or _key(RootKey(one.key), one.used_from)
        self.__keys = known
        # A week after one came into use, those before it have ended.
        ended = max(one.used_from for one in known.values() if one.used_from + OVERLAP <= now)
        some = (one for one in known.values() if one.used_from >= ended)
        return sorted(some, key=lambda one: one.used_from, reverse=True)

    def _current(self) -> list[_Key]:
        now = self._clock.now()
        return [one for one in self._all() if one.used_from <= now]


def _key(root: RootKey, used_from: datetime) -> _Key:
    # 512 bits for a number below 2^256: no bias worth the name (FIPS 186-5, A.2.1).
    wide = root.derive("commands-high") + root.derive("commands-low")
    secret = int.from_bytes(wide, "big") % (_ORDER - 1) + 1
    key = ECKey.import_key(ec.derive_private_key(secret, ec.SECP256R1()))
    return _Key(key, key.thumbprint(), used_from)


def is_jwe(text: str) -> bool:
    """Whether it looks like a compact JWE: five parts, the first an encoded JSON object."""
    return text.startswith("eyJ") and text.count(".") == 4
