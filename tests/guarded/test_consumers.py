"""A projection's consumer that may not read, or finds no topic: it says so, and goes on by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from backbone.dead_letters import dead_letter_topic
from backbone.ids import new_id
from backbone.projecting.engine import Engine, projection_pool
from backbone.relay.publisher import publishing
from backbone.rights import arguments_of, service_rights
from tests.backbone.projecting.at_work import shows_it, working
from tests.backbone.projecting.conftest import LETTERS, SCHEMA, SOURCE, TOPICS, Hospital, Ward
from tests.backbone.projecting.stays import MOVED, STAYS
from tests.support.guarded_kafka import ADMIN, GuardedKafka
from tests.support.on_kafka import create_topics, read_topics
from tests.support.waiting import eventually

USER = "sample"


@dataclass
class Guarded:
    """A hospital whose events come from elsewhere, and who may let its consumer do what."""

    kafka: GuardedKafka
    prefix: str
    hospital: Hospital

    def right(self, end: str) -> str:
        """The one line of ``almanac acls`` that ends so."""
        rights = service_rights(USER, [], [STAYS], takes_commands=False, prefix=self.prefix)
        (line,) = (line for right in rights if (line := arguments_of(right, f"User:{USER}")).endswith(end))
        return line

    async def says(self, count: int, *parts: str) -> None:
        """So many alarms have come, and the last one says this."""
        alarms = self.hospital.alarms
        await eventually(lambda: len(alarms) >= count, within=30)
        assert len(alarms) == count, "each is said once"
        assert all(part in alarms[-1] for part in parts), alarms[-1]

    async def topics_made(self) -> None:
        await create_topics(self.kafka.kafka(ADMIN, self.prefix), [*TOPICS, *map(dead_letter_topic, TOPICS)])


@pytest.fixture
async def ward(guarded: GuardedKafka, sample_database: str, topic_prefix: str) -> AsyncIterator[Guarded]:
    alarms: list[str] = []
    kafka = guarded.kafka(USER, topic_prefix)
    async with (
        await projection_pool(sample_database, SCHEMA) as pool,
        publishing(guarded.kafka(ADMIN, topic_prefix), "almanac-relay-sample-0", SOURCE) as publisher,
    ):
        engine = Engine(pool, kafka, USER, LETTERS, alarm=alarms.append)
        yield Guarded(guarded, topic_prefix, Hospital(engine, publisher, Ward(), alarms))


async def test_without_its_rights_it_says_which_and_goes_on(ward: Guarded) -> None:
    hospital, topic = ward.hospital, ward.prefix + STAYS
    await ward.topics_made()
    hospital.ward.bustle(stays=5)
    await hospital.publish()
    async with working(hospital):
        await ward.says(1, f"sample's consumer of {STAYS} waits: Kafka hides {topic} from {USER}")
        # Enough to see it.
        await ward.kafka.allow([ward.right(topic).replace("Read", "Describe")])
        await ward.says(2, f"does not let {USER} read {topic}: add the ACLs that almanac acls prints")
        await ward.kafka.allow([ward.right(topic)])
        group = f"{ward.prefix}almanac.{USER}."
        await ward.says(3, f"does not let {USER} read in the group {group}")
        await ward.kafka.allow([ward.right(group)])
        await shows_it(hospital)
        # Taken away from one that runs.
        await ward.kafka.withdraw([ward.right(topic)])
        await ward.says(4, f"does not let {USER} read {topic}")
        hospital.ward.bustle(stays=5)
        await hospital.publish()
        await ward.kafka.allow([ward.right(topic)])
        await shows_it(hospital)


async def test_without_its_topic_it_says_so_and_goes_on(ward: Guarded) -> None:
    topic = ward.prefix + STAYS
    await ward.kafka.allow([ward.right(topic), ward.right(f"{ward.prefix}almanac.{USER}.")])
    async with working(ward.hospital):
        await ward.says(1, f"sample's consumer of {STAYS} waits: Kafka has no {topic}: run almanac topics")
        await ward.topics_made()
        ward.hospital.ward.bustle(stays=5)
        await ward.hospital.publish()
        await shows_it(ward.hospital)


async def test_what_it_sets_aside_is_published_once_it_may(ward: Guarded) -> None:
    topic = ward.prefix + STAYS
    await ward.topics_made()
    await ward.kafka.allow([ward.right(topic), ward.right(f"{ward.prefix}almanac.{USER}.")])
    hospital = ward.hospital
    hospital.ward.log.add(STAYS, MOVED, new_id(), bed="2b")  # never admitted
    hospital.ward.bustle(stays=5)
    await hospital.publish()
    async with working(hospital):
        await shows_it(hospital)
        await ward.says(1, "sample's dead letters waits: Kafka hides " + topic + ".dead-letter")
        await ward.kafka.allow([ward.right(topic + ".dead-letter")])
        admin = ward.kafka.kafka(ADMIN, ward.prefix)
        (letter,) = await eventually(
            lambda: read_topics(admin, [dead_letter_topic(topic) for topic in TOPICS])
        )
    assert dict(letter.headers)["dead-letter-cause"] == b"poison"
