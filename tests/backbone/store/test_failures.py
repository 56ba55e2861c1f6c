"""Lost answers, frozen processes, poisoned texts, crowds: told to those concerned, and to nobody else."""

import asyncio
import itertools
import random

import asyncpg
import pytest

from backbone.clock import SystemClock
from backbone.ids import new_id
from backbone.store.commit import lock_of
from backbone.store.decision import Accepted, Claim, Decision, Refused
from backbone.store.errors import Overloaded, StoreUnavailable, TooMuch, Unstorable
from backbone.store.prepared import MAX_STATE_BYTES, MOST_SLOTS
from backbone.store.store import Limits, Store
from tests.backbone.store.clinic import ORIGIN, SCHEMA, Booked, clinic_mapper, clinic_store, hold_expired
from tests.backbone.store.cut import way_to
from tests.backbone.store.decisions import NOW, SLOT, book, key
from tests.backbone.store.looking import position


@pytest.mark.parametrize("deliver", [True, False], ids=["committed", "not committed"])
async def test_a_commit_without_an_answer_is_looked_up_before_anybody_is_told(
    clinic: str, deliver: bool
) -> None:
    async with way_to(clinic) as way, clinic_store(way.url) as store:
        provider = new_id()
        await store.submit(book(new_id()))
        cuts = iter([True])
        way.cut, way.deliver = (lambda: next(cuts, False)), deliver
        outcomes = await asyncio.gather(
            *(store.submit(book(provider, key=key(str(number)))) for number in range(20))
        )
        accepted = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
        assert len(accepted) == 1
        assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 19
        assert accepted[0].position == 2
        assert await position(store) == 2


async def test_refusals_whose_commit_was_not_answered_are_the_same_afterwards(clinic: str) -> None:
    async with way_to(clinic) as way, clinic_store(way.url) as store:
        provider = new_id()
        await store.submit(book(provider))
        cuts = iter([True])
        way.cut = lambda: next(cuts, False)
        outcome = await store.submit(book(provider, key=key("k")))
        assert isinstance(outcome, Refused)
        assert outcome.conflicts


async def test_commits_that_are_never_answered_are_found_all_the_same(clinic: str) -> None:
    async with way_to(clinic) as way, clinic_store(way.url) as store:
        await store.submit(book(new_id()))
        cuts = itertools.cycle([True, True, False])
        way.cut = lambda: next(cuts)
        providers = [new_id() for _ in range(40)]
        outcomes = []
        for start in range(0, 40, 4):
            outcomes += await asyncio.gather(
                *(store.submit(book(provider)) for provider in providers[start : start + 4])
            )
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        way.cut = lambda: False
        assert await position(store) == 41
        assert way.connections > 5


async def test_a_frozen_process_gives_the_lock_back(clinic: str, store: Store) -> None:
    frozen = await asyncpg.connect(clinic, server_settings={"idle_in_transaction_session_timeout": "500ms"})
    await frozen.execute(f"BEGIN; SELECT pg_advisory_xact_lock({lock_of(SCHEMA)})")
    assert isinstance(await store.submit(book(new_id())), Accepted)
    frozen.terminate()


async def test_a_lock_that_is_not_given_back_is_unavailability_and_passes(clinic: str, store: Store) -> None:
    other = await asyncpg.connect(clinic)
    await other.execute(f"BEGIN; SELECT pg_advisory_xact_lock({lock_of(SCHEMA)})")
    with pytest.raises(StoreUnavailable) as caught:
        await store.submit(book(new_id()))
    assert not caught.value.outcome_unknown
    await other.execute("ROLLBACK")
    assert isinstance(await store.submit(book(new_id())), Accepted)
    await other.close()


async def test_what_can_not_be_stored_fails_alone(store: Store) -> None:
    good = [store.submit(book(new_id())) for _ in range(10)]
    nul = store.submit(book(new_id(), note="a\0b"))
    surrogate = store.submit(book(new_id(), note="\ud800"))
    too_far = store.submit(book(new_id(), range(2**31, 2**31 + 1)))
    long_key = store.submit(book(new_id(), key=key(random.Random(1).randbytes(9000).hex())))
    too_large = store.submit(book(new_id(), note="x" * MAX_STATE_BYTES))
    poisoned = nul, surrogate, too_far, long_key, too_large
    outcomes = await asyncio.gather(*good, *poisoned, return_exceptions=True)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes[:10])
    assert [type(outcome) for outcome in outcomes[10:]] == [Unstorable] * 5
    assert await position(store) == 10
    assert isinstance(await store.submit(book(new_id(), note="a backslash before \\u0000")), Accepted)


async def test_what_would_hold_the_lock_for_too_long_is_not_even_tried(store: Store) -> None:
    """Fifty long visits with twenty resources moved at once would be cut off each time, tried for ever."""
    with pytest.raises(TooMuch):
        await store.submit(book(new_id(), range(SLOT, SLOT + MOST_SLOTS + 1)))
    assert isinstance(await store.submit(book(new_id(), range(SLOT, SLOT + 1000))), Accepted)


async def test_a_decision_that_contradicts_itself_is_an_error_of_the_caller(store: Store) -> None:
    owner = new_id()
    event = Booked(originator_id=owner, originator_version=1, timestamp=NOW)
    gap = Booked(originator_id=owner, originator_version=3, timestamp=NOW)
    claim = Claim(owner, new_id(), "provider", SLOT, SLOT + 1)
    for decision in (
        Decision(ORIGIN, (event, gap)),
        Decision(ORIGIN, (), (claim,)),
        Decision(ORIGIN, (event,), (Claim(owner, new_id(), "provider", SLOT, SLOT),)),
        Decision(ORIGIN, (event,), (Claim(new_id(), new_id(), "provider", SLOT, SLOT + 1, expires_at=NOW),)),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            await store.submit(decision)


async def test_a_crowd_is_turned_away_at_once(clinic: str) -> None:
    async with clinic_store(clinic, limits=Limits(max_waiting=5)) as store:
        outcomes = await asyncio.gather(
            *(store.submit(book(new_id())) for _ in range(30)), return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {Accepted, Overloaded}
        assert await position(store) == sum(isinstance(outcome, Accepted) for outcome in outcomes) >= 5


async def test_without_a_server_everything_is_unavailable_and_nothing_hangs() -> None:
    url = "postgresql://nobody:nothing@127.0.0.1:9/none"
    async with Store(url, SCHEMA, clinic_mapper(), SystemClock(), hold_expired) as store:
        async with asyncio.timeout(5):
            for attempt in (store.submit(book(new_id())), store.load(new_id()), store.expire_holds()):
                with pytest.raises(StoreUnavailable):
                    await attempt


async def test_closing_finishes_what_was_submitted(clinic: str) -> None:
    async with clinic_store(clinic) as store:
        submitted = [asyncio.create_task(store.submit(book(new_id()))) for _ in range(20)]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*submitted)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    with pytest.raises(StoreUnavailable):
        await store.submit(book(new_id()))


async def test_a_caller_that_leaves_does_not_disturb_the_others(store: Store) -> None:
    tasks = [asyncio.create_task(store.submit(book(new_id()))) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes[1::2])
