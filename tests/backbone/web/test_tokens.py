"""Tokens: taken only when everything about them is right."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from backbone.clock import ManualClock
from backbone.web.keys import FixedKeys, read_key_set
from backbone.web.tokens import TokenRejectedError, TokenVerifier, TrustedIssuer

ISSUER, AUDIENCE = "https://idp.example", "almanac"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
JWKS: dict[str, Any] = {
    "keys": [
        RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True) | {"kid": "rsa", "use": "sig"},
        ECAlgorithm.to_jwk(EC.public_key(), as_dict=True) | {"kid": "ec", "alg": "ES256"},
        OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True) | {"kid": "ed"},
    ]
}
Sign = Callable[..., str]


@pytest.fixture
def verifier(clock: ManualClock) -> TokenVerifier:
    trusted = TrustedIssuer(ISSUER, AUDIENCE, FixedKeys(read_key_set(JWKS)))
    return TokenVerifier([trusted], b"p" * 32, clock)


@pytest.fixture
def sign(clock: ManualClock) -> Sign:
    def make(
        key: Any = EC,
        alg: str = "ES256",
        kid: str | None = "ec",
        typ: str | None = "at+jwt",
        without: str = "",
        headers: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        now = int(clock.now().timestamp())
        payload = {"iss": ISSUER, "aud": AUDIENCE, "sub": "jane@example.com", "iat": now, "exp": now + 600}
        payload |= {"roles": ["scheduler"]} | claims
        payload.pop(without, None)
        header = {"typ": typ} | ({"kid": kid} if kid else {}) | (headers or {})
        return jwt.PyJWS().encode(json.dumps(payload).encode(), key, alg, headers=header)

    return make


@pytest.mark.parametrize(
    ("key", "alg", "kid"), [(RSA, "RS256", "rsa"), (EC, "ES256", "ec"), (ED, "EdDSA", "ed")]
)
async def test_the_three_algorithms(
    verifier: TokenVerifier, sign: Sign, key: Any, alg: str, kid: str
) -> None:
    facility, patient = UUID(int=1), UUID(int=2)
    token = sign(key, alg, kid, facility_ids=[str(facility)], patient_ids=[str(patient)])
    identity = await verifier.verify(token)
    assert (sorted(identity.roles), identity.auth_type) == (["scheduler"], "user")
    assert identity.facility_ids == frozenset((facility,))
    assert identity.patient_ids == frozenset((patient,))
    assert "jane" not in identity.subject


async def test_no_facilities_named_means_all_and_an_empty_list_none(
    verifier: TokenVerifier, sign: Sign
) -> None:
    everywhere = await verifier.verify(sign(RSA, "RS256", "rsa"))
    nowhere = await verifier.verify(sign(RSA, "RS256", "rsa", facility_ids=[]))
    assert (everywhere.facility_ids, nowhere.facility_ids) == (None, frozenset())


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"exp": 1}, "expired"),
        ({"exp": "tomorrow"}, "valid|time"),
        ({"exp": True}, "time|expired"),
        ({"nbf": 2**33}, "not valid yet"),
        ({"iat": 2**33}, "not valid yet"),
        ({"aud": "another"}, "audience"),
        ({"aud": []}, "valid|audience"),
        ({"without": "aud"}, "valid|audience"),
        ({"without": "exp"}, "valid"),
        ({"without": "sub"}, "valid"),
        ({"without": "iss"}, "issuer"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": ["https://idp.example"]}, "issuer"),
        ({"kid": "gone"}, "no key"),
        ({"kid": None}, "no key"),
        ({"key": RSA, "alg": "RS256"}, "valid"),
        ({"key": RSA, "alg": "PS256", "kid": "rsa"}, "valid"),
        ({"key": ED, "alg": "EdDSA"}, "valid"),
        ({"key": ec.generate_private_key(ec.SECP256R1())}, "valid"),
        ({"key": "x" * 64, "alg": "HS256", "kid": "rsa"}, "valid"),
        ({"key": None, "alg": "none"}, "valid"),
        ({"typ": "logout+jwt"}, "type"),
        ({"typ": None}, "type"),
        ({"headers": {"crit": ["exp"]}}, "type|not a token"),
        ({"nonce": "n"}, "access token"),
        ({"typ": "JWT", "at_hash": "x"}, "access token"),
        ({"roles": "scheduler"}, "roles"),
        ({"roles": [1]}, "roles"),
        ({"without": "roles"}, "roles"),
        ({"facility_ids": "all"}, "facility_ids"),
        ({"facility_ids": ["all"]}, "facility_ids"),
        ({"patient_ids": [5]}, "patient_ids"),
        ({"pad": "x" * 9000}, "too long"),
    ],
)
async def test_a_token_that_is_not_right(
    verifier: TokenVerifier, sign: Sign, how: dict[str, Any], why: str
) -> None:
    with pytest.raises(TokenRejectedError, match=why):
        await verifier.verify(sign(**how))


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "....", "é", "e30.e30.", "e30.e30.e30"])
async def test_what_is_no_token(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(TokenRejectedError):
        await verifier.verify(token)


async def test_without_an_issuer_nobody_is_let_in(sign: Sign, clock: ManualClock) -> None:
    with pytest.raises(TokenRejectedError, match="issuer"):
        await TokenVerifier([], b"p" * 32, clock).verify(sign())


async def test_a_public_key_is_no_shared_secret(verifier: TokenVerifier, sign: Sign) -> None:
    def part(value: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    head = part({"alg": "HS256", "kid": "rsa", "typ": "at+jwt"})
    body = sign().split(".")[1].encode()
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mac = base64.urlsafe_b64encode(hmac.digest(pem, head + b"." + body, "sha256")).rstrip(b"=")
    with pytest.raises(TokenRejectedError):
        await verifier.verify(b".".join((head, body, mac)).decode())


async def test_a_changed_token_is_refused(verifier: TokenVerifier, sign: Sign) -> None:
    head, body, signature = sign().split(".")
    other_body = sign(sub="root").split(".")[1]
    with pytest.raises(TokenRejectedError):
        await verifier.verify(".".join((head, other_body, signature)))
    with pytest.raises(TokenRejectedError):
        await verifier.verify(f"{head}.{body}.")


async def test_a_known_token_still_expires(verifier: TokenVerifier, sign: Sign, clock: ManualClock) -> None:
    token = sign()
    first = await verifier.verify(token)
    clock.advance(timedelta(seconds=500))
    assert await verifier.verify(token) == first
    clock.advance(timedelta(seconds=106))
    with pytest.raises(TokenRejectedError, match="expired"):
        await verifier.verify(token)


async def test_a_key_taken_back_takes_effect_within_minutes(sign: Sign, clock: ManualClock) -> None:
    keys = read_key_set(JWKS)
    source = FixedKeys(keys)
    verifier = TokenVerifier([TrustedIssuer(ISSUER, AUDIENCE, source)], b"p" * 32, clock)
    token = sign(exp=int(clock.now().timestamp()) + 86_400)
    await verifier.verify(token)
    source._keys.pop("ec")
    await verifier.verify(token)
    clock.advance(timedelta(seconds=301))
    with pytest.raises(TokenRejectedError, match="no key"):
        await verifier.verify(token)


async def test_subjects_are_pseudonyms_and_differ_by_issuer_and_installation(
    sign: Sign, clock: ManualClock
) -> None:
    def verifier(key: bytes, issuer: str = ISSUER) -> TokenVerifier:
        return TokenVerifier([TrustedIssuer(issuer, AUDIENCE, FixedKeys(read_key_set(JWKS)))], key, clock)

    here = (await verifier(b"a" * 32).verify(sign())).subject
    again = (await verifier(b"a" * 32).verify(sign(jti="2"))).subject
    elsewhere = (await verifier(b"b" * 32).verify(sign())).subject
    other = (await verifier(b"a" * 32, "https://other").verify(sign(iss="https://other"))).subject
    assert here == again
    assert len({here, elsewhere, other}) == 3


@pytest.mark.parametrize(
    ("claims", "auth_type"),
    [
        ({"roles": ["patient"]}, "patient"),
        ({"roles": ["system"]}, "system"),
        ({"client_id": "jane@example.com"}, "app"),
        ({"client_id": "web"}, "user"),
    ],
)
async def test_who_it_is_by_kind(
    verifier: TokenVerifier, sign: Sign, claims: dict[str, Any], auth_type: str
) -> None:
    assert (await verifier.verify(sign(**claims))).auth_type == auth_type


def test_unfit_keys_are_left_out() -> None:
    short = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True)
    good = JWKS["keys"][1]
    unfit: list[Any] = [
        short | {"kid": "short"},
        good | {"kid": "enc", "use": "enc"},
        good | {"kid": "alg", "alg": "ES384"},
        good | {"kid": "crv", "crv": "P-521"},
        good | {"kid": "bad", "x": "!!"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
        {"kid": "none"},
        "text",
    ]
    assert set(read_key_set({"keys": [*unfit, good]})) == {"ec"}
    odds: list[Any] = [None, [], {}, {"keys": None}, {"keys": {}}]
    for odd in odds:
        assert read_key_set(odd) == {}
