"""The model test is worth something: a store with any one rule missing fails it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import getrandbits
from typing import Any

import asyncpg
import pytest

from backbone.store import admission, claiming, commit, netting
from backbone.store.errors import StoreError
from backbone.store.lanes import Lanes
from backbone.store.picture import Picture
from tests.backbone.store.clinic import SCHEMA
from tests.backbone.store.test_model import run


@dataclass(frozen=True, slots=True)
class Breakage:
    """A rule, and what stands in for it."""

    holder: Any
    name: str
    instead: Callable[..., Any]


def first_conflict_only(lanes: Any, claims: Any) -> Any:
    return claiming.claim(lanes, claims)[:1]


def keep_in_table_only(picture: Any, key: Any, outcome: Any, answer: Any) -> None:
    KEEP(picture, key, outcome, answer)
    del picture.keys[key.scope, key.key]


def skip_a_sequence(picture: Any, row: Any) -> Any:
    picture.sequences[row.kafka_topic] = picture.sequences.get(row.kafka_topic, 0) + row.version % 2
    return PLACE(picture, row)


KEEP, PLACE = Picture.keep, Picture.place

BREAKAGES = {
    "overbookings are not promoted": Breakage(admission, "promote", lambda lanes, freed: None),
    "releases are forgotten": Breakage(admission, "release", lambda lanes, releases: []),
    "what moved is not looked at": Breakage(admission, "_moved", lambda picture, item: None),
    "a refusal leaves traces": Breakage(Lanes, "undo", Lanes.settle),
    "only the first conflict is told": Breakage(admission, "claim", first_conflict_only),
    "an answer is not known within its batch": Breakage(Picture, "keep", keep_in_table_only),
    "the lock is not the same for all": Breakage(commit, "lock_of", lambda schema: getrandbits(62)),
    "sequences have gaps": Breakage(Picture, "place", skip_a_sequence),
    "busy bits are never cleared": Breakage(netting, "_is_busy", lambda holdings: True),
    "lanes start at the top": Breakage(claiming, "_lowest_free", lambda holdings, start: 30),
}


OPERATIONS = 1_200
SEEDS = (7, 8, 9, 10)
"""Who meets whom is chance, whatever the seed: once in a while a rule is not needed by anybody."""


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES.keys())
async def test_a_broken_rule_is_noticed(
    database: str, breakage: Breakage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breakage.holder, breakage.name, breakage.instead)
    with pytest.raises((AssertionError, StoreError)):
        await run_each(database, SEEDS)


async def test_the_same_traffic_passes_when_nothing_is_broken(database: str) -> None:
    await run_each(database, SEEDS[:2])


async def run_each(database: str, seeds: Iterable[int]) -> None:
    """One run after the other, each on tables without rows."""
    for seed in seeds:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        finally:
            await connection.close()
        await run(database, OPERATIONS, seed)
