"""Development tokens: signed with a key in the data directory, taken only where development mode is on."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm

from backbone.clock import Clock
from backbone.files import create_private
from backbone.ids import new_id
from backbone.web.caller import Role
from backbone.web.keys import FixedKeys, read_key_set
from backbone.web.tokens import TrustedIssuer

__all__ = ["DEV_AUDIENCE", "DEV_ISSUER", "dev_issuer", "issue_dev_token"]

DEV_ISSUER: Final = "urn:almanac:development"
DEV_AUDIENCE: Final = "almanac"
_KEY_ID: Final = "development"
_FILE: Final = "dev-token-key.pem"


def issue_dev_token(
    data_dir: Path,
    roles: Sequence[Role],
    clock: Clock,
    *,
    subject: str = "developer",
    facility_ids: Iterable[UUID] | None = None,
    patient_ids: Iterable[UUID] = (),
    valid_for: timedelta = timedelta(hours=12),
) -> str:
    """A token that this installation takes while in development mode; whether that is on is the caller's to
    ask."""
    now = clock.now()
    claims: dict[str, Any] = {
        "iss": DEV_ISSUER,
        "aud": DEV_AUDIENCE,
        "sub": subject,
        "iat": int(now.timestamp()),
        "exp": int((now + valid_for).timestamp()),
        "jti": str(new_id()),
        "roles": list(roles),
        "patient_ids": [str(patient) for patient in patient_ids],
    }
    if facility_ids is not None:
        claims["facility_ids"] = [str(facility) for facility in facility_ids]
    return jwt.encode(claims, _key(data_dir), "EdDSA", headers={"kid": _KEY_ID, "typ": "at+jwt"})


def dev_issuer(data_dir: Path) -> TrustedIssuer:
    """Trust in the tokens of ``issue_dev_token`` on the same data directory."""
    public = OKPAlgorithm.to_jwk(_key(data_dir).public_key(), as_dict=True)
    return TrustedIssuer(
        DEV_ISSUER, DEV_AUDIENCE, FixedKeys(read_key_set({"keys": [public | {"kid": _KEY_ID}]}))
    )


def _key(data_dir: Path) -> Ed25519PrivateKey:
    path = data_dir / _FILE
    if not path.exists():
        new = Ed25519PrivateKey.generate()
        create_private(path, new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} holds no Ed25519 key")
    return key
