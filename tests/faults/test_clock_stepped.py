"""The clock is stepped forth and back: nothing is booked twice, nothing comes back to life, all goes on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backbone.clock import ManualClock
from backbone.ids import new_id
from backbone.store.decision import Accepted, Refused
from backbone.store.store import Store
from backbone.web.devtokens import dev_issuer, issue_dev_token
from backbone.web.tokens import TokenRejectedError, TokenVerifier
from tests.backbone.store.clinic import Booked, Expired, Held, clinic_store, migrated
from tests.backbone.store.decisions import SLOT, book, hold

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STEPS = (HOUR, -3 * HOUR, timedelta(days=2), -timedelta(days=3))


@pytest.fixture
def clock() -> ManualClock:
    """Stands at a Monday morning."""
    return ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture
async def store(database: str, clock: ManualClock) -> AsyncIterator[Store]:
    await migrated(database)
    async with clinic_store(database, clock) as store:
        yield store


async def test_bookings_go_on_in_order_and_stay_where_they_are(store: Store, clock: ManualClock) -> None:
    provider = new_id()
    for number, step in enumerate(STEPS):
        slots = range(SLOT + 6 * number, SLOT + 6 * number + 6)
        outcome = await store.submit(book(provider, slots))
        assert isinstance(outcome, Accepted)
        assert outcome.position == number + 1
        clock.advance(step)
        assert isinstance(await store.submit(book(provider, slots)), Refused)
    stored = await store.notifications(1, 10)
    assert [event.position for event in stored] == [1, 2, 3, 4]
    # When it was committed is the database's word, not the stepped clock's.
    assert sorted(event.recorded_at for event in stored) == [event.recorded_at for event in stored]


async def test_a_hold_that_ended_does_not_come_back_with_the_clock(store: Store, clock: ManualClock) -> None:
    provider, holder, booker = new_id(), new_id(), new_id()
    await store.submit(hold(provider, holder, clock.now() + MINUTE))
    clock.advance(HOUR)
    assert isinstance(await store.submit(book(provider, owner=booker)), Accepted)
    clock.advance(-HOUR)
    assert await store.owners(provider, SLOT, SLOT + 6) == {booker}
    assert not isinstance(await store.submit(book(provider, owner=holder, version=2)), Accepted)
    assert [type(event) for event in await store.load(holder)] == [Held, Expired]


async def test_a_hold_lasts_as_long_as_the_clock_says_and_takes_the_time_meanwhile(
    store: Store, clock: ManualClock
) -> None:
    provider, holder = new_id(), new_id()
    await store.submit(hold(provider, holder, clock.now() + MINUTE))
    clock.advance(-HOUR)
    clock.advance(2 * MINUTE)
    assert isinstance(await store.submit(book(provider)), Refused)
    assert isinstance(await store.submit(book(provider, owner=holder, version=2)), Accepted)
    clock.advance(2 * HOUR)
    assert await store.owners(provider, SLOT, SLOT + 6) == {holder}
    assert [type(event) for event in await store.load(holder)] == [Held, Booked]


async def test_the_sweeper_ends_each_hold_once(store: Store, clock: ManualClock) -> None:
    first, second = new_id(), new_id()
    await store.submit(hold(new_id(), first, clock.now() + MINUTE))
    await store.submit(hold(new_id(), second, clock.now() + 3 * HOUR))
    clock.advance(HOUR)
    assert await store.expire_holds() == 1
    clock.advance(-2 * HOUR)
    assert await store.expire_holds() == 0
    clock.advance(2 * HOUR)
    assert await store.expire_holds() == 0
    clock.advance(3 * HOUR)
    assert await store.expire_holds() == 1
    for owner in (first, second):
        assert [type(event) for event in await store.load(owner)] == [Held, Expired]


async def test_a_token_is_judged_by_the_clock_as_it_stands(tmp_path: Path, clock: ManualClock) -> None:
    verifier = TokenVerifier([dev_issuer(tmp_path)], b"p" * 32, clock)
    token = issue_dev_token(tmp_path, ["scheduler"], clock, valid_for=HOUR)
    await verifier.verify(token)
    clock.advance(2 * HOUR)
    with pytest.raises(TokenRejectedError, match="expired"):
        await verifier.verify(token)
    clock.advance(-2 * HOUR)
    await verifier.verify(token)
    # Remembered, but from a time that lies ahead now: looked at again.
    clock.advance(-HOUR)
    with pytest.raises(TokenRejectedError, match="not valid yet"):
        await verifier.verify(token)
