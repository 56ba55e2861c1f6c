"""Access tokens: JSON Web Tokens, verified as RFC 8725 and RFC 9068 ask; nothing in a token chooses how."""

import hmac
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import jwt

from backbone.clock import Clock
from backbone.store.origin import AuthType
from backbone.web.caller import ROLES, Identity, Role
from backbone.web.keys import KeySource

__all__ = ["TokenRejectedError", "TokenVerifier", "TrustedIssuer"]

MAX_TOKEN_CHARS: Final = 8192
LEEWAY_SECONDS: Final = 5
CACHED_SECONDS: Final = 300
CACHED_TOKENS: Final = 10_000
_TYPES: Final = frozenset(("at+jwt", "application/at+jwt", "jwt"))
_NOT_OF_ACCESS_TOKENS: Final = frozenset(("nonce", "at_hash", "c_hash", "events"))
_OPTIONS: Final[jwt.types.Options] = {
    "require": ["iss", "aud", "sub", "exp"],
    "verify_exp": False,  # checked here, with the clock that was handed in
    "verify_nbf": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}


class TokenRejectedError(Exception):
    """The message says why, and holds nothing of the token."""


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """Whose tokens are taken, for which audience, and where its keys come from."""

    issuer: str
    audience: str
    keys: KeySource


class TokenVerifier:
    """Turns a bearer token into an identity. A token once verified is remembered by its hash, until it
    expires and for five minutes at most, so that a key taken back takes effect, or until the
    clock is set back."""

    def __init__(self, issuers: Sequence[TrustedIssuer], pseudonym_key: bytes, clock: Clock) -> None:
        self._issuers = {trusted.issuer: trusted for trusted in issuers}
        self._pseudonym_key = pseudonym_key
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, float, Identity]] = OrderedDict()

    def known(self, token: str) -> Identity | None:
        """The identity of a token that was verified a while ago; None where ``verify`` has to look at it."""
        digest = sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is not None:
            since, until, identity = known
            if since <= self._clock.now().timestamp() < until:
                return identity
            del self._known[digest]
        return None

    async def verify(self, token: str) -> Identity:
        """The identity; ``TokenRejectedError`` otherwise, ``KeysUnavailableError`` where no key can be
        fetched."""
        if (known := self.known(token)) is not None:
            return known
        now = self._clock.now().timestamp()
        claims = await self._verified_claims(token, now)
        identity = self._identity(claims)
        until = min(claims["exp"] + LEEWAY_SECONDS, now + CACHED_SECONDS)
        self._known[sha256(token.encode()).digest()] = (now, until, identity)
        if len(self._known) > CACHED_TOKENS:
            self._known.popitem(last=False)
        return identity

    async def _verified_claims(self, token: str, now: float) -> Mapping[str, Any]:
        if len(token) > MAX_TOKEN_CHARS:
            raise TokenRejectedError("the token is too long")
        try:
            unverified = jwt.decode_complete(token, options={"verify_signature": False})
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            raise TokenRejectedError("this is not a token") from None
        header, said = unverified["header"], unverified["payload"]
        if str(header.get("typ", "")).lower() not in _TYPES or "crit" in header:
            raise TokenRejectedError("this type of token is not accepted")
        issuer = said.get("iss")
        trusted = self._issuers.get(issuer) if isinstance(issuer, str) else None
        if trusted is None:
            raise TokenRejectedError("the issuer is not trusted")
        kid = header.get("kid")
        key = await trusted.keys.key(kid if isinstance(kid, str) else None)
        if key is None:
            raise TokenRejectedError("no key of the issuer fits")
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=trusted.audience,
                issuer=trusted.issuer,
                options=_OPTIONS,
            )
        except jwt.InvalidAudienceError:
            raise TokenRejectedError("the token is for another audience") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise TokenRejectedError("the signature or a claim is not valid") from None
        _check_times(claims, now)
        if _NOT_OF_ACCESS_TOKENS & claims.keys() or claims.get("typ") in ("ID", "Refresh", "Logout"):
            raise TokenRejectedError("this is not an access token")
        return claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        roles = _roles(claims)
        facilities = _ids(claims, "facility_ids")
        who = f"{claims['iss']}\0{claims['sub']}".encode()
        return Identity(
            subject="u-" + hmac.digest(self._pseudonym_key, who, "sha256")[:16].hex(),
            roles=roles,
            auth_type=_auth_type(claims, roles),
            facility_ids=None if facilities is None else frozenset(facilities),
            patient_ids=frozenset(_ids(claims, "patient_ids") or ()),
        )


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise TokenRejectedError(f"{name} is not a time")
    if not now < claims["exp"] + LEEWAY_SECONDS:
        raise TokenRejectedError("the token has expired")
    if max(claims.get("nbf") or 0, claims.get("iat") or 0) > now + LEEWAY_SECONDS:
        raise TokenRejectedError("the token is not valid yet")


def _roles(claims: Mapping[str, Any]) -> frozenset[Role]:
    """The roles that are ours. A patient is a patient only: no other role widens what is seen."""
    given = claims.get("roles")
    if not isinstance(given, list) or not all(isinstance(role, str) for role in given):
        raise TokenRejectedError("roles is not a list of names")
    roles: frozenset[Any] = frozenset(given) & ROLES
    return frozenset(("patient",)) if "patient" in roles else roles


def _ids(claims: Mapping[str, Any], name: str) -> list[UUID] | None:
    given = claims.get(name)
    if given is None:
        return None
    try:
        return [UUID(value) for value in given] if isinstance(given, list) else _no_ids(name)
    except (ValueError, AttributeError, TypeError):
        return _no_ids(name)


def _no_ids(name: str) -> list[UUID]:
    raise TokenRejectedError(f"{name} is not a list of UUIDs")


def _auth_type(claims: Mapping[str, Any], roles: frozenset[Role]) -> AuthType:
    if "patient" in roles:
        return "patient"
    if "system" in roles:
        return "system"
    # RFC 9068, section 2.2: with client credentials the subject is the client itself.
    return "app" if claims["sub"] == claims.get("client_id", claims.get("azp")) else "user"
