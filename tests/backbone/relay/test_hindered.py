"""What only people can put right is said with what to do, and the relay goes on by itself thereafter."""

import pytest

from backbone.relay import publisher
from backbone.relay.relay import running
from tests.backbone.relay.conftest import TOPICS, Setting
from tests.backbone.relay.test_relay import assert_once_and_in_order, caught_up, published
from tests.support.on_kafka import create_topics, delete_topics
from tests.support.waiting import eventually


async def test_a_topic_deleted_under_it_is_named_and_filled_again_once_it_is_back(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "TRANSACTION_SECONDS", 1)
    setting.add(30)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
        await delete_topics(setting.kafka, TOPICS[:1])
        setting.add(30)
        await eventually(lambda: setting.alarms, within=30)
        name = setting.kafka.topic_prefix + TOPICS[0].name
        assert f"Kafka has no {name}" in setting.alarms[0]
        assert "almanac topics" in setting.alarms[0]
        await create_topics(setting.kafka, TOPICS)
        await caught_up(relay, setting.log)
    assert_once_and_in_order(await published(setting), setting.log)
    assert sum("Kafka has no" in alarm for alarm in setting.alarms) == 1
