"""10,000 random operations of 64 callers at once, held against the sequential model."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg

from backbone.clock import ManualClock
from backbone.store.admission import KEY_REUSED
from backbone.store.committed import CommittedEvent
from backbone.store.decision import Accepted, Conflict, Outcome, Refused, Stale
from backbone.store.slots import slot_at, slot_start
from tests.backbone.store.clinic import PATIENT, SCHEMA, clinic_store, migrated
from tests.backbone.store.model import Model
from tests.backbone.store.told import Told
from tests.backbone.store.traffic import Traffic

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
PAGE = 2_000


async def run(database: str, operations: int, seed: int) -> None:
    """Random traffic, then every promise of the store held against what came of it."""
    await migrated(database)
    clock = ManualClock(START)
    async with (
        clinic_store(database, clock, PATIENT) as store,
        clinic_store(database, clock, PATIENT) as another,
    ):
        traffic = Traffic((store, another), clock, Random(seed))
        await traffic.run(operations)
        clock.advance(timedelta(hours=1))
        while await store.expire_holds():
            pass
        committed: list[CommittedEvent] = []
        # By pages, as a relay reads them: all at once take a busy machine longer than an answer may take.
        while page := await store.notifications(len(committed) + 1, PAGE):
            committed += page
    assert_gapless(committed)
    model = assert_sequential(committed, traffic.told)
    assert_keys(traffic.told)
    connection = await asyncpg.connect(database, server_settings={"search_path": SCHEMA})
    try:
        await assert_tables(connection, model, traffic)
    finally:
        await connection.close()
    assert_lively(traffic.told, committed)


def assert_gapless(committed: list[CommittedEvent]) -> None:
    """Positions, sequences per topic and versions per stream go 1, 2, 3 ... in the order of positions."""
    last: dict[object, int] = {}
    for event in committed:
        for counter, value in (
            ("position", event.position),
            (event.kafka_topic, event.sequence),
            (event.stream_id, event.version),
        ):
            assert value == last.get(counter, 0) + 1, f"{counter} has a gap or a repetition at {value}"
            last[counter] = value


def assert_sequential(committed: list[CommittedEvent], told: list[Told]) -> Model:
    """Done one by one in the order of positions, every decision ends as its caller was told."""
    decided = [one for one in told if not repeated(one.outcome)]
    accepted = {one.outcome.position: one for one in decided if isinstance(one.outcome, Accepted)}
    others = sorted(
        (one for one in decided if not isinstance(one.outcome, Accepted)), key=lambda one: one.after
    )
    coming = iter(others)
    following: Told | None = next(coming, None)
    waiting: list[Told] = []
    model = Model()
    for position in range(len(committed) + 1):
        if position:
            event = committed[position - 1]
            if position in accepted:
                decision = accepted[position].decision
                assert decision.events[-1].event_id == event.event_id
                model.accept(decision)
            else:
                assert event.type == "almanac.clinic.Expired.v1", "committed, but nobody was told"
                model.expire(event.stream_id, event.version, event.occurred_at)
        while following is not None and following.after <= position:
            waiting.append(following)
            following = next(coming, None)
        waiting = [one for one in waiting if not explained(model, one)]
        assert all(position < one.until for one in waiting), "refused or stale without a reason"
    assert not waiting
    return model


def repeated(outcome: Outcome) -> bool:
    """Whether the answer was to a key used before."""
    return not isinstance(outcome, Stale) and (outcome.repeated or outcome == Refused(KEY_REUSED))


def explained(model: Model, one: Told) -> bool:
    """Whether the model, as it stands, would say the same."""
    if isinstance(one.outcome, Stale):
        return model.is_stale(one.decision)
    assert isinstance(one.outcome, Refused)
    return not model.is_stale(one.decision) and model.conflicts(one.decision) == slots_of(one.outcome)


def slots_of(refused: Refused) -> set[Conflict]:
    return {
        Conflict(conflict.kind, slot_start(slot), slot_start(slot + 1), conflict.resource_id)
        for conflict in refused.conflicts
        for slot in range(slot_at(conflict.starts_at), slot_at(conflict.ends_at))
    }


def assert_keys(told: list[Told]) -> None:
    """One key, one answer: who came first was decided, all others repeat it; misuse is told apart."""
    keys: dict[str, list[Told]] = {}
    for one in told:
        if one.decision.key is not None:
            keys.setdefault(one.decision.key.key, []).append(one)
    assert keys
    for uses in keys.values():
        decided = [one for one in uses if not repeated(one.outcome)]
        assert len(decided) == 1, "decided twice under one key"
        first = decided[0]
        for one in uses:
            if one.decision.key == first.decision.key:
                assert not isinstance(one.outcome, Stale)
                assert one.outcome._replace(repeated=False) == first.outcome
            else:
                assert one.outcome == Refused(KEY_REUSED)


async def assert_tables(connection: Any, model: Model, traffic: Traffic) -> None:
    """Claims, busy bits and keys are what the model says."""
    rows = await connection.fetch("SELECT resource_id, slot, lane, owner, capacity, expires_at FROM claims")
    assert {tuple(row) for row in rows} == model.rows()
    busy = set()
    for row in await connection.fetch("SELECT resource_id, week, bits FROM busy_weeks"):
        bits = int.from_bytes(row["bits"], "little")
        busy |= {(row["resource_id"], row["week"] * 2016 + n) for n in range(2016) if bits >> n & 1}
    assert busy == model.busy()
    kept = await connection.fetch("SELECT key FROM idempotency")
    assert {row["key"] for row in kept} == {one.key.key for one in traffic.keyed if one.key}


def assert_lively(told: list[Told], committed: list[CommittedEvent]) -> None:
    """The traffic was such that the promises could have been broken."""
    outcomes = [one.outcome for one in told]
    for kind in (Accepted, Refused, Stale):
        assert sum(isinstance(outcome, kind) for outcome in outcomes) > len(told) / 100
    assert sum(event.type.endswith(".Expired.v1") for event in committed) > len(told) / 200


async def test_ten_thousand_operations_of_64_callers_end_as_if_done_one_by_one(database: str) -> None:
    await run(database, 10_000, seed=20260302)
