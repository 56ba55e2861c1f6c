"""What keeps dead letters from Kafka is said once, however many projections have some."""

import asyncio
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from backbone import obstacles
from backbone.kafka import Kafka
from backbone.projecting import chores
from backbone.projecting.crew import Crew
from backbone.topic_access import Access
from tests.support.waiting import eventually

FREE = Access("there", frozenset(("Read", "Write")))


async def test_projections_that_wait_for_the_same_say_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    alarms: list[str] = []
    rounds: list[str] = []
    free: set[str] = set()

    async def round_of(_crew: Crew, worker: Any) -> bool:
        rounds.append(worker.projection.name)
        if free.issuperset(f"{topic}.dead-letter" for topic in worker.projection.topics):
            return True
        raise TopicAuthorizationFailedError

    async def access(_kafka: Kafka, topics: Collection[str]) -> Mapping[str, Access]:
        return {topic: FREE if topic in free else Access("hidden") for topic in topics}

    monkeypatch.setattr(chores, "_round", round_of)
    monkeypatch.setattr(chores, "EVERY_SECONDS", 0)
    monkeypatch.setattr(obstacles, "topic_access", access)
    one, other = (
        SimpleNamespace(projection=SimpleNamespace(name=name, topics=topics))
        for name, topics in (("one", ("a",)), ("other", ("a", "b")))
    )
    engine = SimpleNamespace(group="sample", kafka=Kafka("127.0.0.1:1"), alarm=alarms.append)
    crew = cast(Crew, SimpleNamespace(engine=engine, workers=[one, other]))
    working = asyncio.create_task(chores.do_chores(crew))
    try:
        await eventually(lambda: len(rounds) > 10)
        *_, last = alarms
        assert "Kafka hides a.dead-letter, b.dead-letter from us" in last
        said = len(alarms)
        assert said <= 2
        free.add("a.dead-letter")
        await eventually(lambda: len(alarms) > said)
        assert "Kafka hides b.dead-letter from us" in alarms[-1]
        rounds.clear()
        await eventually(lambda: len(rounds) > 10)
        assert len(alarms) == said + 1
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
