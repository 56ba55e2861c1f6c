"""Public keys that verify tokens; each is bound to one algorithm, whatever a token's header says."""

import logging
from collections.abc import Mapping
from typing import Any, Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK

__all__ = ["FixedKeys", "KeySource", "KeysUnavailableError", "choose", "read_key_set"]

log = logging.getLogger(__name__)

_ALGORITHMS: Final[Mapping[tuple[str, str | None], str]] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
MIN_RSA_BITS: Final = 2048


class KeysUnavailableError(Exception):
    """The issuer's keys have never been fetched and can't be now."""


class KeySource(Protocol):
    """Where an issuer's keys come from."""

    async def key(self, kid: str | None) -> PyJWK | None:
        """The key of this id; without an id the only key there is; None where none fits."""
        ...


class FixedKeys:
    """Keys that are known from the start."""

    def __init__(self, keys: Mapping[str, PyJWK]) -> None:
        self._keys = dict(keys)

    async def key(self, kid: str | None) -> PyJWK | None:
        return choose(self._keys, kid)


def choose(keys: Mapping[str, PyJWK], kid: str | None) -> PyJWK | None:
    """The key of this id; without an id the only key there is."""
    if kid is not None:
        return keys.get(kid)
    return next(iter(keys.values())) if len(keys) == 1 else None


def read_key_set(document: Any) -> dict[str, PyJWK]:
    """The usable signature keys of a JWK Set (RFC 7517) by id; unusable ones are left out, as section 5
    asks."""
    entries = document.get("keys") if isinstance(document, dict) else None
    keys: dict[str, PyJWK] = {}
    for entry in entries if isinstance(entries, list) else ():
        key = _usable(entry) if isinstance(entry, dict) else None
        if key is not None:
            keys[str(entry.get("kid", ""))] = key
    return keys


def _usable(entry: dict[str, Any]) -> PyJWK | None:
    kty = str(entry.get("kty"))
    algorithm = _ALGORITHMS.get((kty, None if kty == "RSA" else entry.get("crv")))
    if algorithm is None or entry.get("alg", algorithm) != algorithm or entry.get("use", "sig") != "sig":
        return None
    try:
        # Only what a public key consists of: a private part, published by mistake, is not taken in.
        key = PyJWK(
            {name: entry[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in entry}, algorithm
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        log.warning("a key of the issuer can't be read and is left out")
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < MIN_RSA_BITS:
        log.warning("an RSA key of the issuer is shorter than %s bits and is left out", MIN_RSA_BITS)
        return None
    return key
