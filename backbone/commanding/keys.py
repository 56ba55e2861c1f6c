"""The key to which other systems encrypt what identifies a patient; made of the key file, published as JWKS.

JWE (RFC 7516) in compact form, ECDH-ES on P-256, A256GCM: what every JOSE library has. The private key is
derived, so it is the same in every process, needs no place of its own, and is in no database.
"""

import hmac
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from backbone.privacy.keyfile import RootKey

__all__ = ["CommandKeys", "NotDecryptable", "is_jwe"]

_HEADER: Final = {"alg": "ECDH-ES", "enc": "A256GCM"}
_ALGORITHMS: Final = list(_HEADER.values())
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (SP 800-186, 3.2.1.3)."""
_MOST_CHARS: Final = 32_768


class NotDecryptable(ValueError):
    """Not a JWE, not to our key, or with algorithms that are not taken. Holds nothing of the text."""


class CommandKeys:
    """The installation's key for commands; never printed."""

    __slots__ = ("__key", "__names", "_kid")

    def __init__(self, root: RootKey) -> None:
        # 512 bits for a number below 2^256: no bias worth the name (FIPS 186-5, A.2.1).
        wide = root.derive("commands-high") + root.derive("commands-low")
        secret = int.from_bytes(wide, "big") % (_ORDER - 1) + 1
        self.__key = ECKey.import_key(ec.derive_private_key(secret, ec.SECP256R1()))
        self.__names = root.derive("asserted-users")
        self._kid = self.__key.thumbprint()

    @property
    def key_id(self) -> str:
        """The key's RFC 7638 thumbprint."""
        return self._kid

    def published(self) -> dict[str, Any]:
        """The JSON Web Key Set that ``GET /v1/keys`` answers."""
        public = self.__key.as_dict(private=False)
        return {"keys": [public | {"kid": self._kid, "use": "enc", "alg": _HEADER["alg"]}]}

    def open(self, token: str) -> str:
        """The text of a compact JWE; ``NotDecryptable`` otherwise."""
        if len(token) > _MOST_CHARS:
            raise NotDecryptable("too long")
        try:
            opened = jwe.decrypt_compact(token, self.__key, algorithms=_ALGORITHMS)
            return (opened.plaintext or b"").decode()
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotDecryptable("not a JWE to this key") from None

    def encrypt(self, content: bytes) -> bytes:
        """A compact JWE to ourselves: for what must be kept though it could not be read."""
        return jwe.encrypt_compact(
            _HEADER | {"kid": self._kid}, content, self.__key, algorithms=_ALGORITHMS
        ).encode("ascii")

    def pseudonym(self, system: str, kind: str, who: str) -> str:
        """The name under which an end user, whom a system names, is on record."""
        told = f"{system}\0{kind}\0{who}".encode()
        return "a-" + hmac.digest(self.__names, told, "sha256")[:16].hex()


def is_jwe(text: str) -> bool:
    """Whether it looks like a compact JWE: five parts, the first an encoded JSON object."""
    return text.startswith("eyJ") and text.count(".") == 4
