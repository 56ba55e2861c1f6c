"""200 callers for one slot, 50 times over: one wins, every other gets all its conflicts."""

import asyncio
from uuid import UUID

from backbone.ids import new_id
from backbone.store.decision import Accepted, Claim, Conflict, ConflictKind, Decision, Outcome, Refused
from backbone.store.slots import slot_start
from backbone.store.store import Store
from tests.backbone.store.clinic import ORIGIN, PATIENT, Booked, clinic_store, migrated
from tests.backbone.store.decisions import NOW, SLOT
from tests.backbone.store.looking import position

CALLERS, ROUNDS = 200, 50
KINDS: tuple[ConflictKind, ...] = ("provider", "room", "device", "patient")


async def book(store: Store, resources: dict[ConflictKind, UUID], patient: UUID) -> tuple[UUID, Outcome]:
    """Wants the three resources that all want, and a patient of its own."""
    owner = new_id()
    event = Booked(originator_id=owner, originator_version=1, timestamp=NOW)
    claims = [Claim(owner, resource, kind, SLOT, SLOT + 6) for kind, resource in resources.items()]
    claims.append(Claim(owner, patient, "patient", SLOT, SLOT + 6))
    return owner, await store.submit(Decision(ORIGIN, (event,), tuple(claims)))


async def test_exactly_one_of_200_gets_the_slot_and_the_others_all_reasons(database: str) -> None:
    await migrated(database)
    # Two stores, as in two processes: what decides is the lock in the database, not one batcher's order.
    async with clinic_store(database, limits=PATIENT) as one, clinic_store(database, limits=PATIENT) as two:
        for _ in range(ROUNDS):
            resources: dict[ConflictKind, UUID] = {kind: new_id() for kind in KINDS[:3]}
            told = await asyncio.gather(
                *(book((one, two)[number % 2], resources, new_id()) for number in range(CALLERS))
            )
            winners = [owner for owner, outcome in told if isinstance(outcome, Accepted)]
            assert len(winners) == 1
            everything = tuple(
                Conflict(kind, slot_start(SLOT), slot_start(SLOT + 6), resource)
                for kind, resource in resources.items()
            )
            losers = [outcome for owner, outcome in told if owner not in winners]
            assert all(isinstance(loser, Refused) and loser.conflicts == everything for loser in losers)
            assert await one.owners(resources["provider"], SLOT, SLOT + 6) == set(winners)
        assert await position(one) == ROUNDS
