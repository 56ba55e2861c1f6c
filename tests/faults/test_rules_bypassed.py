"""The code that judges who may have a slot lets everybody through: the table still has the last word."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from backbone.ids import new_id
from backbone.store import admission
from backbone.store.decision import Accepted, Claim, Outcome
from backbone.store.errors import StoreBroken
from backbone.store.lanes import Holding, Lanes
from tests.backbone.store.clinic import SCHEMA, clinic_store, migrated
from tests.backbone.store.decisions import SLOT, book


async def test_the_primary_key_refuses_the_second_owner_of_a_slot(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def let_through(lanes: Lanes, claims: Sequence[Claim]) -> list[object]:
        """Sees nothing of what is taken, and writes as if the slot were free."""
        for wanted in claims:
            lanes.stored.pop(wanted.resource_id, None)
            for slot in range(wanted.first_slot, wanted.end_slot):
                holding = Holding(0, wanted.owner, wanted.capacity, wanted.expires_at)
                lanes.put(wanted.resource_id, slot, [holding])
        return []

    monkeypatch.setattr(admission, "claim", let_through)
    await migrated(database)
    async with clinic_store(database) as store:
        provider, owners = new_id(), [new_id() for _ in range(5)]
        outcomes: list[Outcome | StoreBroken] = []
        for owner in owners:
            try:
                outcomes.append(await store.submit(book(provider, owner=owner)))
            except StoreBroken as error:
                outcomes.append(error)
        assert [type(outcome) for outcome in outcomes] == [Accepted] + [StoreBroken] * 4
        assert await store.owners(provider, SLOT, SLOT + 6) == {owners[0]}
        assert len(await store.notifications(1, 10)) == 1


async def test_nobody_writes_around_it(database: str) -> None:
    await migrated(database)
    provider = new_id()
    insert = f"INSERT INTO {SCHEMA}.claims VALUES ($1, $2, NULL, $3, 0, 1)"
    connections = [await asyncpg.connect(database) for _ in range(8)]
    try:
        outcomes = await asyncio.gather(
            *(connection.execute(insert, provider, new_id(), SLOT) for connection in connections),
            return_exceptions=True,
        )
    finally:
        for connection in connections:
            await connection.close()
    refused = [outcome for outcome in outcomes if isinstance(outcome, asyncpg.UniqueViolationError)]
    assert len(refused) == len(connections) - 1
