"""Data keys: made once, wrapped, shared between processes, destroyed for good."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from backbone.clock import ManualClock
from backbone.privacy.database import Pool, open_pool
from backbone.privacy.errors import (
    KeyDestroyedError,
    KeyMissingError,
    SealBrokenError,
    VaultUnavailableError,
)
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.privacy.vault import Vault
from backbone.privacy.wrapping import FileWrapper
from tests.backbone.privacy.conftest import ROOT


def vault(pool: Pool, clock: ManualClock, root: RootKey = ROOT, cached: int = 100) -> Vault:
    return Vault(pool, FileWrapper(KeyRing(root)), clock, cached=cached)


async def test_a_key_opens_in_another_process_what_it_sealed(pool: Pool, clock: ManualClock) -> None:
    subject = uuid4()
    sealed = (await vault(pool, clock).create_key(subject)).seal("Smith", subject, 1, "family_name")
    assert (await vault(pool, clock).key(subject)).open(sealed, "family_name") == "Smith"


async def test_many_registrations_at_once_cost_few_statements(pool: Pool, clock: ManualClock) -> None:
    subjects = [uuid4() for _ in range(300)]
    made = await asyncio.gather(*map(vault(pool, clock).create_key, subjects))
    assert [key.subject for key in made] == subjects
    rows = await pool.fetch("SELECT xmin::text AS x, count(*) AS n FROM vault.data_key GROUP BY 1")
    assert sum(row["n"] for row in rows) == 300
    assert len(rows) <= 3


async def test_two_who_make_the_same_key_get_the_same(pool: Pool, clock: ManualClock) -> None:
    subject = uuid4()
    made = await asyncio.gather(*(vault(pool, clock).create_key(subject) for _ in range(5)))
    one = vault(pool, clock)
    made += await asyncio.gather(one.create_key(subject), one.create_key(subject))
    assert len({key.commitment for key in made}) == 1


async def test_the_cache_is_bounded_and_forgets_nothing(pool: Pool, clock: ManualClock) -> None:
    small = vault(pool, clock, cached=3)
    subjects = [uuid4() for _ in range(10)]
    for subject in subjects:
        await small.create_key(subject)
    found = await small.keys([*subjects, uuid4()])
    assert set(found) == set(subjects)


async def test_no_key_lies_in_the_database_in_the_clear(pool: Pool, clock: ManualClock) -> None:
    await vault(pool, clock).create_key(uuid4())
    row = await pool.fetchrow("SELECT wrapped FROM vault.data_key")
    assert row is not None
    assert len(row["wrapped"]) == 12 + 32 + 16
    subject = await pool.fetchval("SELECT subject_id FROM vault.data_key")
    with pytest.raises(SealBrokenError):
        await vault(pool, clock, RootKey(bytes(32))).key(subject)


async def test_a_wrapped_key_moved_to_another_subject_does_not_open(pool: Pool, clock: ManualClock) -> None:
    one, other = uuid4(), uuid4()
    await vault(pool, clock).create_key(one)
    await vault(pool, clock).create_key(other)
    await pool.execute(
        "UPDATE vault.data_key SET wrapped = (SELECT wrapped FROM vault.data_key WHERE subject_id = $1)", one
    )
    with pytest.raises(SealBrokenError):
        await vault(pool, clock).key(other)


async def test_a_destroyed_key_is_gone_but_its_commitment_stays(pool: Pool, clock: ManualClock) -> None:
    subject = uuid4()
    keeper = vault(pool, clock)
    key = await keeper.create_key(subject)
    assert await keeper.destroy([subject]) == {subject}
    assert await keeper.destroy([subject]) == frozenset()
    with pytest.raises(KeyDestroyedError):
        await keeper.key(subject)
    with pytest.raises(KeyDestroyedError):
        await keeper.create_key(subject)
    row = await pool.fetchrow("SELECT wrapped, commitment, destroyed_at FROM vault.data_key")
    assert row is not None
    assert (row["wrapped"], row["commitment"], row["destroyed_at"]) == (None, key.commitment, clock.now())


async def test_an_unknown_subject_has_no_key(pool: Pool, clock: ManualClock) -> None:
    with pytest.raises(KeyMissingError):
        await vault(pool, clock).key(UUID(int=5))


async def test_a_database_that_is_away_is_said_to_be_unavailable(clock: ManualClock) -> None:
    async with open_pool("postgresql://nobody@127.0.0.1:1/none") as away:
        with pytest.raises(VaultUnavailableError):
            await vault(away, clock).create_key(uuid4())
        with pytest.raises(VaultUnavailableError):
            await vault(away, clock).keys([uuid4()])


async def test_migrated_schema_refuses_to_change_access_records(pool: Pool) -> None:
    for statement in (
        "DELETE FROM vault.access",
        "UPDATE vault.access SET purpose = ''",
        "TRUNCATE vault.access",
    ):
        with pytest.raises(asyncpg.RaiseError):
            await pool.execute(statement)


async def test_a_key_that_was_made_for_nothing_is_taken_back(pool: Pool, clock: ManualClock) -> None:
    subject, kept = uuid4(), uuid4()
    one = vault(pool, clock)
    await one.create_key(subject)
    await one.create_key(kept)
    await one.discard(subject)
    with pytest.raises(KeyMissingError):
        await one.key(subject)
    assert await one.key(kept)
    await one.destroy([kept])
    await one.discard(kept)
    with pytest.raises(KeyDestroyedError):
        await one.key(kept)
