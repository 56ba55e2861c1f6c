"""64 people at once who book, hold, move, cancel and err at random, and remember what they were told."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from backbone.clock import ManualClock
from backbone.ids import new_id
from backbone.store.decision import (
    Accepted,
    Claim,
    ConflictKind,
    Decision,
    IdempotencyKey,
    Occupancy,
)
from backbone.store.errors import Unstorable
from backbone.store.store import Store
from tests.backbone.store.clinic import ORIGIN, AbsenceAdded, Booked, Cancelled, Held, Moved
from tests.backbone.store.looking import heads, position
from tests.backbone.store.told import Known, Told, releases

__all__ = ["Traffic"]

WEEK_BORDER = 2016 * 3000
"""Bookings lie around it, so that busy bits fall into two rows."""


@dataclass(slots=True)
class Traffic:
    """Everything the callers share."""

    stores: tuple[Store, ...]
    """Several, as in several processes."""
    clock: ManualClock
    random: Random
    providers: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(4)])
    rooms: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(2)])
    patients: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(8)])
    known: dict[UUID, Known] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    poisoned: int = 0
    acknowledged: int = 0
    keyed: list[Decision] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """Any of them."""
        return self.random.choice(self.stores)

    async def run(self, operations: int, callers: int = 64) -> None:
        """So many operations, by so many at once."""
        left = iter(range(operations))

        async def caller() -> None:
            for number in left:
                await self.one(number)

        await asyncio.gather(*(caller() for _ in range(callers)))

    async def one(self, number: int) -> None:
        """Something, at random."""
        name: Callable[[], Any]
        (name,) = self.random.choices(
            [self.book, self.hold, self.take, self.move, self.cancel, self.absence, self.again, self.poison,
             self.wait],
            [35, 14, 8, 14, 10, 5, 8, 1, 5],
        )  # fmt: skip
        await name()
        if number % 50 == 0:
            self.clock.advance(timedelta(seconds=20))

    async def book(self) -> None:
        await self._start(Booked)

    async def hold(self) -> None:
        await self._start(Held, self.clock.now() + timedelta(seconds=self.random.randrange(5, 120)))

    async def _start(self, cls: type[Booked] | type[Held], expires_at: datetime | None = None) -> None:
        owner, provider = new_id(), self.random.choice(self.providers)
        reads = await heads(self.store, [provider]) if self.random.random() < 0.3 else {}
        event = cls(originator_id=owner, originator_version=1, timestamp=self.clock.now())
        claims = self._claims(owner, provider, expires_at)
        await self._tell(Decision(ORIGIN, (event,), claims, reads=reads))

    def _claims(self, owner: UUID, provider: UUID, expires_at: datetime | None) -> tuple[Claim, ...]:
        first = WEEK_BORDER + self.random.randrange(-60, 60)
        end = first + self.random.randrange(1, 13)
        overbook = expires_at is None and self.random.random() < 0.15
        wanted: list[tuple[ConflictKind, UUID, int]] = [
            ("provider", provider, 1),
            ("room", self.random.choice(self.rooms), 2),
            ("patient", self.random.choice(self.patients), 1),
        ]
        return tuple(
            Claim(owner, resource, kind, first, end, capacity, overbook and kind == "provider", expires_at)
            for kind, resource, capacity in wanted
        )

    def _someone(self, held: bool) -> Known | None:
        candidates = [known for known in self.known.values() if known.held is held]
        return self.random.choice(candidates[-40:]) if candidates else None

    async def take(self) -> None:
        """A hold becomes a booking."""
        if known := self._someone(held=True):
            claims = tuple(claim._replace(expires_at=None) for claim in known.claims)
            await self._tell(Decision(ORIGIN, (self._next(Booked, known),), claims))

    async def move(self) -> None:
        """Often over its own time."""
        if known := self._someone(held=False):
            by = self.random.randrange(-6, 7)
            claims = tuple(
                claim._replace(first_slot=claim.first_slot + by, end_slot=claim.end_slot + by)
                for claim in known.claims
            )
            await self._tell(Decision(ORIGIN, (self._next(Moved, known),), claims, releases(known)))

    async def cancel(self) -> None:
        if known := self._someone(held=self.random.random() < 0.2):
            await self._tell(Decision(ORIGIN, (self._next(Cancelled, known),), (), releases(known)))

    def _next(self, cls: Any, known: Known) -> Any:
        return cls(
            originator_id=known.owner, originator_version=known.version + 1, timestamp=self.clock.now()
        )

    async def absence(self) -> None:
        """Decided on who is booked meanwhile."""
        provider = self.random.choice(self.providers)
        first = WEEK_BORDER + self.random.randrange(-60, 60)
        version = (await heads(self.store, [provider]))[provider] + 1
        owners = await self.store.owners(provider, first, first + 20)
        event = AbsenceAdded(originator_id=provider, originator_version=version, timestamp=self.clock.now())
        guard = Occupancy(provider, first, first + 20, owners)
        await self._tell(Decision(ORIGIN, (event,), occupied=(guard,)))

    async def again(self) -> None:
        """The same request twice at once, or its key for another request."""
        if self.keyed and self.random.random() < 0.5:
            decision = self.random.choice(self.keyed)
            assert decision.key is not None
            if self.random.random() < 0.3:
                changed = decision.key._replace(fingerprint=b"another")
                decision = replace(decision, key=changed)
            await self._tell(decision)
            return
        owner = new_id()
        event = Booked(originator_id=owner, originator_version=1, timestamp=self.clock.now())
        key = IdempotencyKey("clerk POST /appointments", str(owner), hashlib.sha256(owner.bytes).digest())
        provider = self.random.choice([*self.providers, new_id()])
        claims = self._claims(owner, provider, None)[: self.random.randrange(1, 4)]
        decision = Decision(ORIGIN, (event,), claims, key=key, answer={"appointment_id": str(owner)})
        self.keyed.append(decision)
        await asyncio.gather(self._tell(decision), self._tell(decision))

    async def poison(self) -> None:
        """What PostgreSQL refuses to keep: found before, or only by the statement that fails."""
        slot, note = (2**31, "") if self.random.random() < 0.5 else (WEEK_BORDER, "\0")
        owner = new_id()
        event = Booked(originator_id=owner, originator_version=1, timestamp=self.clock.now(), note=note)
        claim = Claim(owner, self.providers[0], "provider", slot, slot + 1)
        try:
            await self.store.submit(Decision(ORIGIN, (event,), (claim,)))
        except Unstorable:
            self.poisoned += 1
        else:
            raise AssertionError("what can't be stored was accepted")

    async def wait(self) -> None:
        """Time passes, and the sweeper comes by."""
        self.clock.advance(timedelta(seconds=3))
        await self.store.expire_holds()

    async def _tell(self, decision: Decision) -> None:
        after = self.acknowledged
        outcome = await self.store.submit(decision)
        if isinstance(outcome, Accepted):
            until = outcome.position
            if not outcome.repeated:
                self._remember(decision)
            self.acknowledged = max(self.acknowledged, outcome.position)
        else:
            until = await position(self.store)
        self.told.append(Told(decision, outcome, after, until))

    def _remember(self, decision: Decision) -> None:
        event = decision.events[0]
        held = isinstance(event, Held)
        if isinstance(event, Cancelled):
            self.known.pop(event.originator_id, None)
        elif decision.claims:
            self.known[event.originator_id] = Known(
                event.originator_id, event.originator_version, decision.claims, held
            )
