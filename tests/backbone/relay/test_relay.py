import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

import asyncpg
import pytest
from aiokafka.errors import KafkaError

from backbone.cloudevents.decode import decode
from backbone.cloudevents.partition import partition_of
from backbone.cloudevents.record import Record
from backbone.kafka import Kafka
from backbone.relay import relay as relay_module
from backbone.relay.publisher import publishing
from backbone.relay.relay import Relay, running
from backbone.relay.tail import Tail, read_tails
from backbone.topics import Topic
from tests.backbone.relay.conftest import SCHEMA, SOURCE, TOPICS, Setting
from tests.support.on_kafka import Log, create_topics, delete_topics, read_topics
from tests.support.waiting import eventually


async def published(setting: Setting) -> list[Record]:
    """Every record there is, once there are as many as events: markers follow a commit's answer."""

    async def all_there() -> list[Record] | None:
        records = await read_topics(setting.kafka, TOPICS)
        enough = len(records) >= len(setting.log.rows)
        return [decode(r, setting.kafka.topic_prefix) for r in records] if enough else None

    found: list[Record] = await eventually(all_there)
    return found


async def caught_up(relay: Relay, log: Log) -> None:
    await eventually(lambda: relay.leads and relay.position == len(log.rows), within=20)


def assert_once_and_in_order(records: list[Record], log: Log) -> None:
    assert sorted(r.position for r in records) == [row.position for row in log.rows]
    sequences, versions = defaultdict(list), defaultdict(list)
    for record in sorted(records, key=lambda r: r.position):
        sequences[record.topic].append(record.sequence)
    for record in records:  # partition by partition, as a consumer sees them
        versions[record.subject].append(record.stream_version)
        assert record.partition == partition_of(record.key)
    assert all(found == list(range(1, len(found) + 1)) for found in sequences.values())
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


async def test_every_event_once_in_order_without_gaps(setting: Setting) -> None:
    setting.streams(count=40, events_each=5)
    setting.add(60)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
        setting.add(20)
        await caught_up(relay, setting.log)
    assert_once_and_in_order(await published(setting), setting.log)
    assert setting.alarms == []


async def test_a_notification_wakes_it(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 3600)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
        await eventually(lambda: not relay._wake.is_set())
        setting.add(1)
        connection = await asyncpg.connect(setting.database)
        await connection.execute("SELECT pg_notify('stored_events', $1)", SCHEMA)
        await connection.close()
        await caught_up(relay, setting.log)


async def test_a_restart_goes_on_where_kafka_stands(setting: Setting) -> None:
    setting.add(30)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
    setting.add(30)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
    assert_once_and_in_order(await published(setting), setting.log)


async def test_killed_within_a_transaction_nothing_is_lost_or_doubled(setting: Setting) -> None:
    setting.add(30)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
    setting.add(30)
    async with publishing(setting.kafka, relay.name, SOURCE) as killed:
        producer = killed._producer
        await producer.begin_transaction()
        for (topic, partition), batches in killed._batches(setting.log.rows[30:45]).items():
            sent = await producer.send_batch(
                batches[0], setting.kafka.topic_prefix + topic, partition=partition
            )
            await sent
        async with running(setting.relay()) as successor:
            await caught_up(successor, setting.log)
            with pytest.raises(KafkaError):
                await producer.commit_transaction()
    assert_once_and_in_order(await published(setting), setting.log)


async def test_a_leader_whose_session_ends_leaves_the_lead_to_the_next(setting: Setting) -> None:
    setting.add(20)
    async with running(setting.relay()) as first:
        await caught_up(first, setting.log)
        async with running(setting.relay()) as second:
            assert not second.leads
            await _end_session_of_leader(setting)
            setting.add(20)
            await eventually(
                lambda: (
                    first.leads != second.leads and len(setting.log.rows) in (first.position, second.position)
                ),
                within=20,
            )
    assert_once_and_in_order(await published(setting), setting.log)


async def _end_session_of_leader(setting: Setting) -> None:
    connection = await asyncpg.connect(setting.database)
    ended = await connection.fetchval(
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database())
        """
    )
    await connection.close()
    assert ended == 1


async def test_kafka_emptied_everything_is_published_again_by_sequence(setting: Setting) -> None:
    setting.add(40)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
        await eventually(lambda: _cursor(setting), within=5)
    await delete_topics(setting.kafka, TOPICS)
    await create_topics(setting.kafka, TOPICS)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
    assert_once_and_in_order(await published(setting), setting.log)
    assert [alarm for alarm in setting.alarms if "lost" in alarm]


async def _cursor(setting: Setting) -> int:
    connection = await asyncpg.connect(setting.database)
    try:
        position = await connection.fetchval(f"SELECT max(position) FROM {SCHEMA}.relay_cursor")
        return int(position or 0)
    finally:
        await connection.close()


async def test_a_partition_that_lost_its_end_is_completed(setting: Setting) -> None:
    setting.add(60)
    rows = setting.log.rows
    partition = partition_of(str(rows[20].stream_id))
    kept = [r for r in rows if r.position < 20 or partition_of(str(r.stream_id)) != partition]
    assert kept[-1].position > 20
    async with publishing(setting.kafka, "another", SOURCE) as publisher:
        await publisher.publish(kept)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
    assert_once_and_in_order(await published(setting), setting.log)
    assert [alarm for alarm in setting.alarms if "lost its end" in alarm]


async def test_what_kafka_shows_again_in_a_moment_is_not_lost(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen of a broker that was killed: for a moment some partitions had no end."""
    setting.add(60)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
    looks = 0

    async def just_come_back(kafka: Kafka, topics: Sequence[Topic]) -> Mapping[tuple[str, int], Tail]:
        nonlocal looks
        looks += 1
        tails = await read_tails(kafka, topics)
        highest = max(tails, key=lambda each: tails[each].position)
        return (
            tails if looks > 1 else {each: tails[each] if each == highest else Tail(0, 0) for each in tails}
        )

    monkeypatch.setattr(relay_module, "read_tails", just_come_back)
    setting.add(10)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
    assert looks == 2
    assert_once_and_in_order(await published(setting), setting.log)
    assert setting.alarms == []


async def test_a_store_set_back_publishes_nothing(setting: Setting) -> None:
    setting.add(30)
    async with running(setting.relay()) as relay:
        await caught_up(relay, setting.log)
    assert len(await published(setting)) == 30
    restored = Log(setting.log.rows[:10])
    async with running(setting.relay(restored)) as relay:
        await eventually(lambda: setting.alarms, within=10)
        assert not relay.leads
    assert len(await published(setting)) == 30


async def test_the_tail_is_found_behind_any_number_of_aborted_records(setting: Setting) -> None:
    row = setting.log.add(TOPICS[0].name, "almanac.sample.Happened.v1")
    partition = partition_of(str(row.stream_id))
    async with publishing(setting.kafka, "another", SOURCE) as publisher:
        await publisher.publish([row])
        producer = publisher._producer
        for _ in range(3):
            await producer.begin_transaction()
            sent = [
                await producer.send(setting.kafka.topic_prefix + row.kafka_topic, b"x", partition=partition)
                for _ in range(100)
            ]
            await asyncio.gather(*sent)
            await producer.abort_transaction()
        await publisher.publish([])
    tail = (await read_tails(setting.kafka, TOPICS))[row.kafka_topic, partition]
    assert (tail.offset, tail.position, tail.sequence) == (0, 1, 1)
    assert tail.end > 300
