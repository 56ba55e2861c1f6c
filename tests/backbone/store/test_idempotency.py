"""One key, one answer, for as long as it is kept."""

import asyncio
from datetime import timedelta

import asyncpg

from backbone.clock import ManualClock, SystemClock
from backbone.ids import new_id
from backbone.store.admission import KEY_REUSED
from backbone.store.decision import Accepted, Decision, Refusal, Refused
from backbone.store.slots import slot_at
from backbone.store.store import Store
from tests.backbone.store.clinic import ORIGIN, SCHEMA, clinic_store
from tests.backbone.store.decisions import SLOT, book, cancel, key
from tests.backbone.store.looking import position


async def test_a_repetition_gets_the_first_answer(store: Store) -> None:
    provider = new_id()
    decision = book(provider, key=key("k"), answer={"appointment_id": "a", "nested": {"list": [1, None]}})
    first, *others = await asyncio.gather(*(store.submit(decision) for _ in range(5)))
    assert isinstance(first, Accepted)
    assert not first.repeated
    assert others == [first._replace(repeated=True)] * 4
    again = book(provider, key=key("k"))
    assert await store.submit(again) == first._replace(repeated=True)
    assert await position(store) == 1


async def test_a_refusal_is_kept_with_all_its_conflicts(store: Store) -> None:
    provider, owner = new_id(), new_id()
    await store.submit(book(provider, owner=owner))
    decision = book(provider, range(SLOT + 3, SLOT + 9), key=key("k"))
    refused = await store.submit(decision)
    assert isinstance(refused, Refused)
    assert refused.conflicts
    await store.submit(cancel(provider, owner, 2))
    assert await store.submit(decision) == refused._replace(repeated=True)


async def test_what_was_decided_against_is_kept_as_well(store: Store) -> None:
    refusal = Refusal("stale-version", "It has changed; look again.")
    decision = Decision(ORIGIN, refusal=refusal, key=key("k"))
    assert await store.submit(decision) == Refused(refusal)
    assert await store.submit(book(new_id(), key=key("k"))) == Refused(refusal, repeated=True)


async def test_the_same_key_for_another_request_is_misuse(store: Store) -> None:
    await store.submit(book(new_id(), key=key("k")))
    assert await store.submit(book(new_id(), key=key("k", b"other"))) == Refused(KEY_REUSED)
    elsewhere = key("k", b"other")._replace(scope="clerk-2 POST /v1/appointments")
    assert isinstance(await store.submit(book(new_id(), key=elsewhere)), Accepted)


async def test_the_past_is_forgotten_and_the_rest_is_kept(clinic: str) -> None:
    clock = ManualClock(SystemClock().now())
    today = slot_at(clock.now())
    provider, owner = new_id(), new_id()
    async with clinic_store(clinic, clock) as store:
        short = key("short")._replace(keep_for=timedelta(0))
        await store.submit(book(provider, range(today, today + 6), key=short))
        await store.submit(book(provider, range(today + 9000, today + 9006), owner=owner, key=key("day")))
        await store.submit(book(new_id(), key=key("for ever")._replace(keep_for=None)))
        clock.advance(timedelta(days=15))
        assert await store.forget_past() > 0
        assert await store.owners(provider, today, today + 10_000) == {owner}
        assert await store.busy([provider], today + 9000, today + 9006) == {provider: 0b111111}
        assert await store.forget_past() == 0
    connection = await asyncpg.connect(clinic, server_settings={"search_path": SCHEMA})
    keys = await connection.fetch("SELECT key FROM idempotency ORDER BY key")
    await connection.close()
    assert [row["key"] for row in keys] == ["day", "for ever"]
