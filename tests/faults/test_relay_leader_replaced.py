"""An old leader that goes on: it can add nothing once there is a new one, and two never lead at a time."""

import asyncio

import asyncpg
import pytest
from aiokafka.errors import KafkaError

from backbone.relay.publisher import publishing
from backbone.relay.relay import running
from backbone.relay.tail import read_tails
from tests.backbone.relay.conftest import SOURCE, TOPICS, Setting, setting
from tests.support.waiting import eventually

__all__ = ["setting"]

ROUNDS = 5


async def test_who_has_a_publisher_has_fenced_the_one_before_and_settled_its_transaction(
    setting: Setting,
) -> None:
    for _ in range(ROUNDS):
        setting.add(4)
        async with publishing(setting.kafka, "the-relay", SOURCE) as old:
            producer = old._producer
            await producer.begin_transaction()
            for (topic, partition), batches in old._batches(setting.log.rows[-4:]).items():
                await (
                    await producer.send_batch(
                        batches[0], setting.kafka.topic_prefix + topic, partition=partition
                    )
                )
            async with publishing(setting.kafka, "the-relay", SOURCE):
                # At once: what it reads now is what stands.
                with pytest.raises(KafkaError):
                    await producer.commit_transaction()
                tails = await read_tails(setting.kafka, TOPICS)
                assert max(tail.position for tail in tails.values()) == 0


async def test_while_one_leads_another_waits(setting: Setting) -> None:
    setting.add(5)
    async with running(setting.relay()) as first:
        await eventually(lambda: first.leads and first.position == 5, within=20)
        async with running(setting.relay()) as second:
            await eventually(lambda: _sessions(setting, 2))
            for count in (6, 7, 8):
                setting.add(1)
                await eventually(lambda count=count: first.position == count)  # type: ignore[misc] # bound now
                # Longer than a second one takes to try for the lead.
                await asyncio.sleep(0.3)
            assert first.leads
            assert not second.leads


async def _sessions(setting: Setting, count: int) -> bool:
    connection = await asyncpg.connect(setting.database)
    try:
        found = await connection.fetchval(
            """
            SELECT count(*) FROM pg_stat_activity
             WHERE application_name = 'almanac-relay' AND datname = current_database()
            """
        )
    finally:
        await connection.close()
    return bool(found == count)
