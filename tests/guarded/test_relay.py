"""A relay that may not write: it says what and where, and goes on by itself, with nothing lost."""

from backbone.relay.relay import running
from backbone.rights import arguments_of, service_rights
from tests.backbone.relay.conftest import TOPICS, Setting
from tests.backbone.relay.test_relay import assert_once_and_in_order, caught_up, published
from tests.support.guarded_kafka import ADMIN, GuardedKafka
from tests.support.on_kafka import Log, create_topics
from tests.support.waiting import eventually

USER = "sample"


async def test_a_relay_without_its_rights_says_which_and_goes_on(
    guarded: GuardedKafka, sample_database: str, topic_prefix: str
) -> None:
    kafka = guarded.kafka(USER, topic_prefix)
    admin = Setting(Log(), guarded.kafka(ADMIN, topic_prefix), sample_database, [])
    setting = Setting(admin.log, kafka, sample_database, [])
    await create_topics(admin.kafka, TOPICS)
    names = [topic.name for topic in TOPICS]
    rights = service_rights(USER, names, [], takes_commands=False, prefix=topic_prefix)
    *topics, transactional_id = (arguments_of(right, f"User:{USER}") for right in rights)
    stays = topic_prefix + TOPICS[0].name
    (write,) = (line for line in topics if line.endswith(stays))
    read = write.replace("--operation Write ", "")
    await guarded.allow([*(line for line in topics if line != write), read])
    setting.add(30)
    async with running(setting.relay()) as relay:

        async def says(count: int, *parts: str) -> None:
            await eventually(lambda: len(setting.alarms) >= count, within=30)
            assert len(setting.alarms) == count, "each is said once"
            told = setting.alarms[-1]
            assert told.startswith(f"{relay.name} waits: Kafka does not let {USER} ")
            assert all(part in told for part in (*parts, "add the ACLs that almanac acls prints")), told

        await says(1, f"write under the transactional id {topic_prefix}{relay.name}")
        await guarded.allow([transactional_id])
        await says(2, f"write {stays}:")
        assert relay.position == 0, "a transaction is written as a whole, or not at all"
        await guarded.allow([write])
        await caught_up(relay, setting.log)
        # Taken away from one that runs.
        await guarded.withdraw([write.replace("--operation Read ", "")])
        setting.add(30)
        await says(3, f"write {stays}:")
        await guarded.allow([write])
        await caught_up(relay, setting.log)
    assert_once_and_in_order(await published(admin), setting.log)
