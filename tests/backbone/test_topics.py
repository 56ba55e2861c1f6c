"""Topics are made and compared, also while a broker is slow to hear of those just made."""

from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from backbone.kafka import Kafka
from backbone.topics import Topic, ensure_topics


async def test_a_topic_just_made_that_the_broker_does_not_know_yet_is_waited_for(
    kafka: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = AIOKafkaAdminClient.describe_topics
    late = [True, True]

    async def describe(self: AIOKafkaAdminClient, topics: list[str] | None = None) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = await heard(self, topics)
        if late:
            late.pop()
            return [each | {"error_code": 3, "partitions": []} for each in answer]
        return answer

    monkeypatch.setattr(AIOKafkaAdminClient, "describe_topics", describe)
    states = await ensure_topics(Kafka(kafka, topic_prefix=topic_prefix), [Topic("almanac.booking.test")])
    assert [(state.created, state.problems) for state in states] == [(True, ())]
    assert not late
