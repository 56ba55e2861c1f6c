"""Pages as transactions, one right after the other, whatever their size."""

from backbone.cloudevents.decode import decode
from backbone.relay.publisher import publishing
from tests.backbone.relay.conftest import SOURCE, TOPICS, Setting
from tests.support.on_kafka import read_topics
from tests.support.waiting import eventually


async def published(setting: Setting) -> list[int]:
    """Positions as a consumer sees them, partition by partition."""

    async def all_there() -> list[int] | None:
        records = await read_topics(setting.kafka, TOPICS)
        found = [decode(record, setting.kafka.topic_prefix).position for record in records]
        return found if len(found) >= len(setting.log.rows) else None

    positions: list[int] = await eventually(all_there)
    return positions


async def test_transactions_follow_each_other_at_once(setting: Setting) -> None:
    async with publishing(setting.kafka, "the-relay", SOURCE) as publisher:
        for number in range(30):
            setting.add(1 + number % 4)
            await publisher.publish(setting.log.rows[-1 - number % 4 :])
    assert sorted(await published(setting)) == [row.position for row in setting.log.rows]


async def test_what_one_request_cannot_carry_goes_in_several_in_order(setting: Setting) -> None:
    stay = setting.log.add(TOPICS[0].name, "almanac.sample.Happened.v1", text="x" * 300_000).stream_id
    for size in (300_000, 10, 900_000, 10, 300_000):
        setting.log.add(TOPICS[0].name, "almanac.sample.Happened.v1", stay, text="x" * size)
    async with publishing(setting.kafka, "the-relay", SOURCE) as publisher:
        await publisher.publish(setting.log.rows)
        setting.log.add(TOPICS[0].name, "almanac.sample.Happened.v1", stay)
        await publisher.publish(setting.log.rows[-1:])
    assert await published(setting) == [row.position for row in setting.log.rows]
