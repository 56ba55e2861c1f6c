"""Holds end at the commit that finds them, with their event; the sweeper ends the others."""

import asyncio
from datetime import timedelta

from backbone.clock import ManualClock
from backbone.ids import new_id
from backbone.store.decision import Accepted, Claim, Decision, Refused, Stale
from backbone.store.store import Store
from tests.backbone.store.clinic import ORIGIN, Booked, Expired, Held
from tests.backbone.store.decisions import NOW, SLOT, book, cancel, hold

MINUTE = timedelta(minutes=1)


async def test_a_hold_keeps_its_time_until_it_ends(store: Store, clock: ManualClock) -> None:
    provider, owner = new_id(), new_id()
    until = clock.now() + MINUTE
    assert isinstance(await store.submit(hold(provider, owner, until)), Accepted)
    clock.advance(MINUTE - timedelta(microseconds=1))
    assert isinstance(await store.submit(book(provider)), Refused)
    assert await store.owners(provider, SLOT, SLOT + 6) == {owner}


async def test_the_booking_that_finds_an_expired_hold_ends_it_as_a_whole(
    store: Store, clock: ManualClock
) -> None:
    provider, room, owner, next_owner = new_id(), new_id(), new_id(), new_id()
    until = clock.now() + MINUTE
    held = Held(originator_id=owner, originator_version=1, timestamp=NOW, note="kept")
    claims = (
        Claim(owner, provider, "provider", SLOT, SLOT + 6, expires_at=until),
        Claim(owner, room, "room", SLOT, SLOT + 6, expires_at=until),
    )
    await store.submit(Decision(ORIGIN, (held,), claims))
    clock.advance(MINUTE)
    assert await store.owners(provider, SLOT, SLOT + 6) == frozenset()
    outcome = await store.submit(book(provider, range(SLOT + 5, SLOT + 8), owner=next_owner))
    assert isinstance(outcome, Accepted)
    assert await store.load(owner) == [
        held,
        Expired(originator_id=owner, originator_version=2, timestamp=until, note="kept"),
    ]
    stored = await store.notifications(1, 10)
    assert [event.stream_id for event in stored] == [owner, owner, next_owner]
    assert stored[1].meta["auth_type"] == "system"
    assert await store.busy([provider, room], SLOT, SLOT + 8) == {provider: 0b11100000, room: 0}


async def test_a_hold_becomes_a_booking_without_letting_go(store: Store, clock: ManualClock) -> None:
    provider, owner = new_id(), new_id()
    await store.submit(hold(provider, owner, clock.now() + MINUTE))
    assert isinstance(await store.submit(book(provider, owner=owner, version=2)), Accepted)
    clock.advance(2 * MINUTE)
    assert await store.expire_holds() == 0
    assert await store.owners(provider, SLOT, SLOT + 6) == {owner}


async def test_a_hold_that_has_run_out_can_not_become_a_booking(store: Store, clock: ManualClock) -> None:
    provider, owner = new_id(), new_id()
    await store.submit(hold(provider, owner, clock.now() + MINUTE))
    clock.advance(MINUTE)
    assert await store.submit(book(provider, owner=owner, version=2)) == Stale((owner,))
    assert [type(event) for event in await store.load(owner)] == [Held, Expired]


async def test_the_sweeper_ends_what_nobody_came_upon_and_only_once(store: Store, clock: ManualClock) -> None:
    providers = [new_id() for _ in range(120)]
    await asyncio.gather(
        *(store.submit(hold(provider, new_id(), clock.now() + MINUTE)) for provider in providers)
    )
    later = new_id()
    await store.submit(hold(new_id(), later, clock.now() + 5 * MINUTE))
    clock.advance(MINUTE)
    ended = await asyncio.gather(store.expire_holds(), store.expire_holds())
    assert sum(ended) == 120
    assert await store.busy(providers, SLOT, SLOT + 6) == dict.fromkeys(providers, 0)
    assert [type(event) for event in await store.load(later)] == [Held]


async def test_an_overbooking_is_promoted_when_the_hold_below_it_ends(
    store: Store, clock: ManualClock
) -> None:
    provider, holder, guest = new_id(), new_id(), new_id()
    await store.submit(hold(provider, holder, clock.now() + MINUTE))
    await store.submit(book(provider, owner=guest, overbook=True))
    clock.advance(MINUTE)
    assert await store.expire_holds() == 1
    assert isinstance(await store.submit(book(provider)), Refused)
    await store.submit(cancel(provider, guest, 2))
    assert await store.busy([provider], SLOT, SLOT + 6) == {provider: 0}


async def test_a_hold_whose_end_can_not_be_told_delays_no_other(store: Store, clock: ManualClock) -> None:
    odd, good = new_id(), new_id()
    odd_provider, good_provider = new_id(), new_id()
    event = Booked(originator_id=odd, originator_version=1, timestamp=NOW)  # its service expects a Held
    claim = Claim(odd, odd_provider, "provider", SLOT, SLOT + 6, expires_at=clock.now() + MINUTE)
    await store.submit(Decision(ORIGIN, (event,), (claim,)))
    await store.submit(hold(good_provider, good, clock.now() + MINUTE))
    clock.advance(MINUTE)
    assert await store.expire_holds() == 1
    assert [type(event) for event in await store.load(good)] == [Held, Expired]
    assert isinstance(await store.submit(book(good_provider)), Accepted)
