"""How often a caller may ask: a bucket for each, in memory that does not grow with their number."""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from math import ceil
from time import monotonic
from typing import Final

from starlette.types import Scope

from backbone.settings import Settings
from backbone.web.caller import Role
from backbone.web.context import answer_with
from backbone.web.problems import Problem

__all__ = ["Buckets", "Rate", "Rates"]

BURST_SECONDS: Final = 10
"""A full bucket holds what its rate gives in this time."""
MOST_CALLERS: Final = 10_000
_NOTHING: Final = 1e-6
"""What rounding may make of no request at all."""


class Rate:
    """``per_second`` requests in the long run, ten seconds' worth of them at once; 0: any number."""

    __slots__ = ("burst", "fills_in", "interval", "name", "policy")

    def __init__(self, name: str, per_second: float) -> None:
        self.name = name
        self.interval = 1 / per_second if per_second > 0 else 0.0
        self.burst = max(1, round(per_second * BURST_SECONDS))
        self.fills_in = self.burst * self.interval
        self.policy = (b"ratelimit-policy", f'"{name}";q={self.burst};w={ceil(self.fills_in)}'.encode())


class Buckets:
    """By the generic cell rate algorithm (ITU-T I.371): of each caller the instant at which its bucket is
    full again.

    Callers are kept in two generations. When the younger is full, the older is forgotten: whoever was in it
    and has not asked since has a full bucket by then, or takes part in a flood of 10,000 callers.
    """

    __slots__ = ("_most", "_old", "_young")

    def __init__(self, most: int = MOST_CALLERS) -> None:
        self._most = most
        self._young: dict[str, float] = {}
        self._old: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def left(self, who: str, rate: Rate, now: float) -> float:
        """How many requests are left, with fractions."""
        return (rate.fills_in - max(0.0, self._full_at(who, now) - now)) / rate.interval

    def take(self, who: str, rate: Rate, now: float) -> float:
        """Takes one request, if there is one left, and returns how many are left then, with fractions; a
        negative number says by how much it was too early."""
        full_at = self._full_at(who, now)
        if full_at < now:
            full_at = now
        left = (rate.fills_in - full_at + now) / rate.interval - 1
        young = self._young
        if who not in young and len(young) >= self._most:
            self._old, self._young = young, {}
        self._young[who] = full_at + rate.interval if left > -_NOTHING else full_at
        return left

    def _full_at(self, who: str, now: float) -> float:
        full_at = self._young.get(who)
        return self._old.get(who, now) if full_at is None else full_at


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of an installation, and what callers have used of them in this process."""

    staff: Rate
    patient: Rate
    system: Rate
    stranger: Rate
    """Of requests without a token that is taken, from one address."""
    buckets: Buckets = field(default_factory=Buckets)

    @classmethod
    def of(cls, settings: Settings) -> "Rates":
        """As they are set."""
        return cls(
            Rate("staff", settings.rate_staff),
            Rate("patient", settings.rate_patient),
            Rate("system", settings.rate_system),
            Rate("address", settings.rate_address),
        )

    def count(self, scope: Scope, subject: str, roles: frozenset[Role]) -> None:
        """Counts a request of a known caller; raises ``too-many-requests`` where it is one too many."""
        rate = self.system if "system" in roles else self.patient if "patient" in roles else self.staff
        self._count(scope, subject, rate)

    def count_stranger(self, scope: Scope) -> None:
        """Counts a request without a token that is taken; raises the same."""
        self._count(scope, _address(scope), self.stranger)

    def require_stranger(self, scope: Scope) -> None:
        """Raises the same where the address has used up its requests: its next token is not looked at."""
        rate = self.stranger
        if rate.interval:
            left = self.buckets.left(_address(scope), rate, monotonic())
            if left < 1:
                raise _too_many(rate, left - 1)

    def _count(self, scope: Scope, who: str, rate: Rate) -> None:
        if not rate.interval:
            return
        left = self.buckets.take(who, rate, monotonic())
        if left <= -_NOTHING:
            raise _too_many(rate, left)
        full_in = ceil(rate.fills_in - left * rate.interval)
        answer_with(scope, rate.policy, (b"ratelimit", f'"{rate.name}";r={left:.0f};t={full_in}'.encode()))


def _too_many(rate: Rate, left: float) -> Problem:
    wait = max(1, ceil(-left * rate.interval))
    return Problem(
        "too-many-requests",
        f"At most {rate.burst} at once, and one more each {rate.interval:.3g} s.",
        headers={
            "Retry-After": str(wait),
            "RateLimit-Policy": rate.policy[1].decode(),
            "RateLimit": f'"{rate.name}";r=0;t={wait}',
        },
    )


def _address(scope: Scope) -> str:
    """Where a request comes from: an IPv4 address, or the /64 that one customer has of IPv6."""
    host = scope["client"][0] if scope.get("client") else ""
    if ":" in host:
        address = ip_address(host.partition("%")[0])
        return str(ip_network((address, 64), strict=False))
    return host
