"""PostgreSQL answers nothing and closes nothing: callers are told in time, and what they are told is true."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from backbone.ids import new_id
from backbone.sessions import PromptPool
from backbone.store import writer
from backbone.store.decision import Accepted, Decision
from backbone.store.errors import StoreUnavailable
from backbone.store.store import Store
from tests.backbone.store.clinic import PATIENT, SCHEMA, clinic_store
from tests.backbone.store.cut import COMMIT
from tests.backbone.store.decisions import SLOT, book, key
from tests.backbone.store.looking import position
from tests.support.slow_line import SlowLine, slow_line
from tests.support.waiting import eventually

ANSWERS, SETTLES = 0.5, 1.0
LIMITS = replace(PATIENT, answer_within_seconds=ANSWERS, settle_within_seconds=SETTLES)
AMPLE = 1.0
"""A busy machine's share in what is measured."""


@pytest.fixture
async def line(clinic: str) -> AsyncIterator[SlowLine]:
    port = urlsplit(clinic).port
    assert port is not None
    async with slow_line(lambda: port) as line:
        yield line


def through(line: SlowLine, database: str) -> str:
    url = urlsplit(database)
    place = f"{url.netloc.rpartition('@')[0]}@127.0.0.1:{line.port}"
    return urlunsplit(url._replace(netloc=place))


@pytest.fixture
async def far_store(line: SlowLine, clinic: str) -> AsyncIterator[Store]:
    """Has both its connections already."""
    async with clinic_store(through(line, clinic), limits=LIMITS) as store:
        await store.submit(book(new_id()))
        await store.load(new_id())
        yield store


def once_at_a_commit() -> Callable[[bytes], bool]:
    commits = iter([True])
    return lambda data: data.endswith(COMMIT) and next(commits, False)


async def accepted(store: Store, decision: Decision) -> Accepted | None:
    try:
        outcome = await store.submit(decision)
    except StoreUnavailable:
        return None
    assert isinstance(outcome, Accepted)
    return outcome


async def told_within(seconds: float, work: Awaitable[object]) -> StoreUnavailable:
    clock = asyncio.get_running_loop()
    began = clock.time()
    with pytest.raises(StoreUnavailable) as caught:
        await work
    assert clock.time() - began < seconds + AMPLE
    return caught.value


async def test_a_change_under_way_is_told_that_nothing_was_changed_and_nothing_is(
    far_store: Store, line: SlowLine
) -> None:
    provider = new_id()
    line.swallows()
    first = await told_within(ANSWERS, far_store.submit(book(provider)))
    # The next one has no connection, and does not wait for several attempts at one.
    second = await told_within(ANSWERS, far_store.submit(book(provider)))
    assert not first.outcome_unknown
    assert not second.outcome_unknown
    line.opens()
    outcome = await eventually(lambda: accepted(far_store, book(provider)))
    assert outcome.position == 2, "what was under way when it stopped is not done afterwards"


async def test_a_commit_whose_answer_comes_late_is_looked_up_and_told(
    far_store: Store, line: SlowLine
) -> None:
    line.swallows_after = once_at_a_commit()
    submitted = asyncio.create_task(far_store.submit(book(new_id())))
    await eventually(lambda: not line.open.is_set())
    await asyncio.sleep(ANSWERS)
    assert not submitted.done()
    line.opens()
    outcome = await submitted
    assert isinstance(outcome, Accepted)
    assert outcome.position == 2
    assert await position(far_store) == 2


async def test_a_commit_that_can_not_be_looked_up_is_not_answered_but_kept_for_who_asks_again(
    far_store: Store, line: SlowLine
) -> None:
    provider = new_id()
    decision = book(provider, key=key("k"))
    line.swallows_after = once_at_a_commit()
    error = await told_within(SETTLES, far_store.submit(decision))
    assert error.outcome_unknown
    line.opens()
    outcome = await eventually(lambda: accepted(far_store, decision))
    assert outcome.repeated
    assert outcome.position == 2
    assert len(await far_store.owners(provider, SLOT, SLOT + 6)) == 1
    assert await position(far_store) == 2


async def test_readers_are_told_in_time_however_many_wait(line: SlowLine, clinic: str) -> None:
    waiting, working = 0.3, 0.5
    async with PromptPool(through(line, clinic), 2, {"search_path": SCHEMA}, working) as pool:

        async def read() -> float:
            began = asyncio.get_running_loop().time()
            with pytest.raises((TimeoutError, asyncpg.ConnectionDoesNotExistError)):
                async with pool.acquire(timeout=waiting) as connection, connection.transaction(readonly=True):
                    await connection.fetchval("SELECT 1")
            return asyncio.get_running_loop().time() - began

        async with pool.acquire() as one, pool.acquire() as other:
            assert await one.fetchval("SELECT 1") == await other.fetchval("SELECT 1")
        line.swallows()
        took = await asyncio.gather(*(read() for _ in range(20)))
        assert max(took) < waiting + working + AMPLE
        line.opens()
        assert await eventually(lambda: pool.fetchval("SELECT 2")) == 2


async def test_a_commit_that_nobody_may_ask_about_is_not_done_again(
    clinic: str, far_store: Store, line: SlowLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> bool:
        raise asyncpg.InvalidPasswordError("it was changed just now")

    monkeypatch.setattr(writer, "is_committed", refused)
    line.swallows_after = once_at_a_commit()
    submitted = asyncio.create_task(far_store.submit(book(new_id())))
    await eventually(lambda: not line.open.is_set())
    line.breaks()
    line.opens()
    with pytest.raises(StoreUnavailable) as caught:
        await submitted
    assert caught.value.outcome_unknown
    connection = await asyncpg.connect(clinic, server_settings={"search_path": SCHEMA})
    assert await connection.fetchval("SELECT count(*) FROM stored_events") == 2
    await connection.close()
