"""``allow``: the dependency that every route names its roles with, and what it hands to the route."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, get_args
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from backbone.privacy.access import Access
from backbone.privacy.errors import VaultUnavailableError
from backbone.privacy.privacy import Privacy
from backbone.store.decision import IdempotencyKey
from backbone.store.origin import Origin
from backbone.web.caller import PURPOSES, Caller, Identity, Purpose, Role, purposes_of
from backbone.web.context import RequestContext, context_of
from backbone.web.headers import header_of
from backbone.web.idempotency import idempotency_key
from backbone.web.keys import KeysUnavailableError
from backbone.web.parameters import require_known_parameters
from backbone.web.problems import Problem
from backbone.web.rates import Rates
from backbone.web.tokens import TokenRejectedError, TokenVerifier
from backbone.web.versions import expected_version

__all__ = ["Allow", "Call", "Gate", "Public", "allow", "public", "watched"]

_CHANGES: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))
_PURPOSES: Final[Mapping[str, Purpose]] = {name: name for name in get_args(Purpose)}


class Call(NamedTuple):
    """One authenticated and permitted request."""

    caller: Caller
    context: RequestContext
    key: IdempotencyKey | None = None
    """Of a request that changes something and has an ``Idempotency-Key``."""
    if_match: int | None = None
    """The stream version the caller has read; None: whatever it is now."""
    causation_id: str | None = None
    """Of a command that came over Kafka: its id."""
    asserted_id: str | None = None
    """The end user whom a system names, pseudonymous."""

    def origin(self, facility_id: UUID | None = None, causation_id: str | None = None) -> Origin:
        """Who stands behind a decision."""
        return Origin(
            auth_type=self.caller.auth_type,
            auth_id=self.caller.subject,
            correlation_id=self.context.request_id,
            causation_id=causation_id or self.causation_id,
            traceparent=self.context.traceparent,
            facility_id=facility_id,
            asserted_id=self.asserted_id,
            roles=_in_order(self.caller.roles),
            purpose=self.caller.purpose,
        )

    def access(self, action: str, facility_ids: Iterable[UUID] = ()) -> Access:
        """What an access record says of this request; ``action`` as in ``patients.search``."""
        return Access(
            actor_id=self.caller.subject,
            auth_type=self.caller.auth_type,
            roles=_in_order(self.caller.roles),
            purpose=self.caller.purpose,
            action=action,
            request_id=self.context.request_id,
            facility_ids=tuple(facility_ids),
            traceparent=self.context.traceparent,
        )


@dataclass(frozen=True, slots=True)
class Gate:
    """What ``allow`` needs; ``create_app`` keeps it as ``app.state.gate``."""

    verifier: TokenVerifier
    privacy: Privacy | None
    """Where denials are put on record."""
    fingerprint_key: bytes
    """For the fingerprints of bodies under an ``Idempotency-Key``."""
    rates: Rates


class Allow:
    """Lets in callers who have one of the roles, for a purpose that their roles allow."""

    def __init__(self, *roles: Role) -> None:
        if not roles or not PURPOSES.keys() >= set(roles):
            raise ValueError("a route names the roles that may call it")
        self.roles = frozenset(roles)

    async def __call__(self, request: Request) -> Call:
        gate: Gate = request.app.state.gate
        identity = await _identity(request, gate)
        gate.rates.count(request.scope, identity.subject, identity.roles)
        context = context_of(request)
        allowed = purposes_of(identity.roles)
        purpose = _asked(request) or (allowed[0] if allowed else "HOPERAT")
        caller = Caller(
            subject=identity.subject,
            roles=identity.roles,
            auth_type=identity.auth_type,
            purpose=purpose,
            facility_ids=identity.facility_ids,
            patient_ids=identity.patient_ids,
        )
        if self.roles.isdisjoint(identity.roles) or purpose not in allowed:
            await _record_denial(gate.privacy, Call(caller, context), request)
            raise Problem("forbidden", self._needed(allowed))
        require_known_parameters(request)
        if request.method not in _CHANGES:
            return Call(caller, context)
        key = await idempotency_key(request, identity, gate.fingerprint_key)
        return Call(caller, context, key, expected_version(request))

    def _needed(self, purposes: tuple[Purpose, ...]) -> str:
        """What is published of the route, and what the caller's own roles allow."""
        return (
            f"It takes one of the roles {', '.join(sorted(self.roles))}; "
            f"yours may be used for {', '.join(purposes) or 'nothing'}."
        )


class Public:
    """Marks a route that anybody may call, on purpose; ``often``: as often as they like."""

    def __init__(self, *, often: bool = False) -> None:
        self._often = often

    async def __call__(self, request: Request) -> None:
        if not self._often:
            gate: Gate = request.app.state.gate
            gate.rates.count_stranger(request.scope)


public: Final[Any] = Depends(Public())
"""``dependencies=[public]`` on a route that needs no token."""
watched: Final[Any] = Depends(Public(often=True))
"""The same, without a limit on how often: for monitors that look every few seconds."""


def allow(*roles: Role) -> Any:
    """``call: Annotated[Call, allow("scheduler", "front-desk")]``, first in a route's signature."""
    return Depends(Allow(*roles))


async def _identity(request: Request, gate: Gate) -> Identity:
    scheme, _, token = (header_of(request, b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        gate.rates.count_stranger(request.scope)
        raise Problem(
            "unauthorized", "Send it as Authorization: Bearer TOKEN.", headers={"WWW-Authenticate": "Bearer"}
        )
    token = token.strip()
    known = gate.verifier.known(token)
    if known is not None:
        return known
    gate.rates.require_stranger(request.scope)
    try:
        return await gate.verifier.verify(token)
    except TokenRejectedError as error:
        gate.rates.count_stranger(request.scope)
        challenge = 'Bearer error="invalid_token"'
        raise Problem("unauthorized", f"{error}.", headers={"WWW-Authenticate": challenge}) from None
    except KeysUnavailableError:
        raise Problem(
            "unavailable", "The token issuer's keys can't be fetched.", headers={"Retry-After": "5"}
        ) from None


@lru_cache(maxsize=256)
def _in_order(roles: frozenset[Role]) -> tuple[Role, ...]:
    return tuple(sorted(roles))


def _asked(request: Request) -> Purpose | None:
    named = header_of(request, b"purpose-of-use")
    if named is None:
        return None
    purpose = _PURPOSES.get(named.strip().upper())
    if purpose is None:
        raise Problem("invalid", "Purpose-Of-Use is one of: " + ", ".join(sorted(_PURPOSES)) + ".")
    return purpose


async def _record_denial(privacy: Privacy | None, call: Call, request: Request) -> None:
    if privacy is None:
        return
    route = getattr(request.scope.get("route"), "path", "unknown")
    try:
        await privacy.record(call.access(f"{request.method} {route}"), "denied", ())
    except VaultUnavailableError:
        return  # the answer is no in any case
