"""A batch in which something fails: where to go on reading, and what counts as done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from backbone.cloudevents.decode import RawRecord
from backbone.commanding.batching import TRIES, Worker
from backbone.commanding.executing import Executor
from backbone.commanding.publishing import Publisher
from backbone.commanding.register import Register
from backbone.commanding.replies import Reply
from backbone.commanding.retrying import TryAgain
from backbone.commanding.systems import System

LAB = System("lab", 1, frozenset(("system",)), None, datetime(2030, 1, 1, tzinfo=UTC))
TOPIC = "t.almanac.commands.lab"


@dataclass(frozen=True)
class Raw:
    """As Kafka's client gives it."""

    offset: int
    key: bytes = b"k"
    partition: int = 0
    topic: str = TOPIC
    timestamp: int = 0
    value: bytes | None = b"{}"
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass
class House:
    """Executor, register and publisher, whose failures are told to them."""

    topic_prefix: str = "t."
    fails: dict[int, Exception] = field(default_factory=dict)
    """By offset."""
    away: bool = False
    kafka_away: bool = False
    done: list[int] = field(default_factory=list)
    last_tries: list[int] = field(default_factory=list)
    published: int = 0

    async def execute(self, raw: RawRecord, system: System | None, last_try: bool = False) -> list[Reply]:
        assert system == LAB
        if last_try:
            self.last_tries.append(raw.offset)
        elif raw.offset in self.fails:
            raise self.fails[raw.offset]
        self.done.append(raw.offset)
        return []

    async def find(self, names: Collection[str]) -> Mapping[str, System]:
        if self.away:
            raise TryAgain("PostgreSQL")
        return {"lab": LAB}

    async def publish(self, replies: Sequence[Reply]) -> None:
        if self.kafka_away:
            raise KafkaConnectionError
        self.published += 1


@pytest.fixture
def house() -> House:
    return House()


def worker(house: Any) -> Worker:
    return Worker(cast(Executor, house), cast(Register, house), cast(Publisher, house))


PLACE = TopicPartition(TOPIC, 0)


async def test_all_is_done(house: House) -> None:
    done = await worker(house).work([Raw(5), Raw(6)])
    assert (done.offsets, done.again) == ({PLACE: 7}, {})


async def test_after_a_failure_its_key_waits_and_others_go_on(house: House) -> None:
    house.fails[5] = TryAgain("away")
    records = [Raw(4, b"a"), Raw(5, b"a"), Raw(6, b"b"), Raw(7, b"a"), Raw(0, b"c", 1)]
    done = await worker(house).work(records)
    assert sorted(house.done) == [0, 4, 6]
    assert done.offsets == {PLACE: 5, TopicPartition(TOPIC, 1): 1}
    assert (done.again, done.reason) == ({PLACE: 5}, "away")


async def test_an_answer_that_is_not_published_is_not_done(house: House) -> None:
    house.kafka_away = True
    done = await worker(house).work([Raw(5)])
    assert (done.offsets, done.again) == ({PLACE: 5}, {PLACE: 5})


async def test_a_register_that_is_away_lets_everything_wait(house: House) -> None:
    house.away = True
    done = await worker(house).work([Raw(5), Raw(6), Raw(2, partition=1)])
    assert done.again == {PLACE: 5, TopicPartition(TOPIC, 1): 2}
    assert house.done == []


async def test_a_mistake_of_ours_stops_nothing_for_ever(house: House) -> None:
    house.fails[5] = RuntimeError("a bug")
    working = worker(house)
    for _ in range(TRIES - 1):
        assert (await working.work([Raw(5)])).again == {PLACE: 5}
    assert (await working.work([Raw(5)])).offsets == {PLACE: 6}
    assert house.last_tries == [5]


async def test_what_is_merely_away_is_tried_for_ever(house: House) -> None:
    house.fails[5] = TryAgain("away")
    working = worker(house)
    for _ in range(TRIES + 2):
        assert (await working.work([Raw(5)])).again == {PLACE: 5}
    assert house.last_tries == []
