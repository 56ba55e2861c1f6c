"""What only people can put right is said with what to do, and the relay goes on by itself thereafter."""

from typing import Any

import pytest
from aiokafka.errors import KafkaError

from backbone.relay import publisher
from backbone.relay.relay import running
from tests.backbone.relay.conftest import SOURCE, TOPICS, Setting
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


async def test_a_transaction_that_broke_off_under_way_is_kafka_s_failure_and_no_bug(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the right to write one of the topics is missing: aiokafka says that in another way."""
    setting.add(30)
    async with publisher.publishing(setting.kafka, "another", SOURCE) as publishing:
        producer = publishing._producer
        send = producer.send_batch

        async def send_and_break_off(*arguments: Any, **options: Any) -> Any:
            sent = await send(*arguments, **options)
            await producer.abort_transaction()
            return sent

        monkeypatch.setattr(producer, "send_batch", send_and_break_off)
        with pytest.raises(KafkaError, match="broken off"):
            await publishing.publish(setting.log.rows)
