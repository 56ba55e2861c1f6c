"""Kafka topics: what a service says of one that it owns, and how the broker is made to have it like that."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from backbone.cloudevents.partition import PARTITIONS
from backbone.kafka import Kafka

__all__ = ["Topic", "TopicState", "ensure_topics"]

REQUEST_MS = 30_000
"""How long the broker may take over one administrative request."""
KNOWN_SECONDS = 30.0
"""Within this time every broker knows of a topic that the controller has made."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic that a service owns. Its name has no installation prefix."""

    name: str
    partitions: int = PARTITIONS
    retention_ms: int = -1
    """Milliseconds; -1: records are kept for ever."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """What became of one topic, by its name on the broker."""

    name: str
    created: bool
    problems: tuple[str, ...] = ()
    """Where an existing topic differs; it is left as it is."""

    @property
    def summary(self) -> str:
        """In a few words, for a person: ``created``, what is wrong, or ``as it must be``."""
        return "created" if self.created else "; ".join(self.problems) or "as it must be"


async def ensure_topics(kafka: Kafka, topics: Sequence[Topic], *, create: bool = True) -> list[TopicState]:
    """Creates what is missing (unless told not to) and compares what is there, in the order given.

    A topic's number of partitions is for good: it decides where a stream lives. Raises aiokafka's errors.
    """
    admin = AIOKafkaAdminClient(**kafka.options(), request_timeout_ms=REQUEST_MS)
    await admin.start()
    try:
        names = {topic: kafka.topic_prefix + topic.name for topic in topics}
        known = set(await admin.list_topics())
        missing = [topic for topic in topics if names[topic] not in known]
        created = await _create(admin, [(names[topic], topic) for topic in missing]) if create else set()
        present = [topic for topic in topics if names[topic] in known | created]
        partitions = await _partitions(admin, [names[topic] for topic in present])
        settings = await _settings(admin, [names[topic] for topic in present])
    finally:
        await admin.close()
    states: list[TopicState] = []
    for topic in topics:
        name = names[topic]
        there = topic in present
        problems = _differences(topic, partitions[name], settings[name]) if there else ["missing"]
        states.append(TopicState(name, name in created, tuple(problems)))
    return states


def _wanted(topic: Topic) -> dict[str, str]:
    """Never compacted, kept for its time however large; record times are the producers'."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(topic.retention_ms),
        "retention.bytes": "-1",
        "message.timestamp.type": "CreateTime",
    }


def _differences(topic: Topic, partitions: int, settings: dict[str, str]) -> list[str]:
    problems = []
    if partitions != topic.partitions:
        problems.append(f"{partitions} partitions instead of {topic.partitions}")
    for name, value in _wanted(topic).items():
        if settings.get(name) != value:
            problems.append(f"{name} is {settings.get(name)} instead of {value}")
    return problems


async def _create(admin: AIOKafkaAdminClient, topics: list[tuple[str, Topic]]) -> set[str]:
    if not topics:
        return set()
    new = [NewTopic(name, topic.partitions, 1, topic_configs=_wanted(topic)) for name, topic in topics]
    for each in new:
        # As many copies as the broker is set to make; the constructor would refuse the value.
        each.replication_factor = -1
    answer = await admin.create_topics(new)
    created = set()
    for name, code, *_ in answer.topic_errors:
        if code == 0:
            created.add(name)
        elif code != TopicAlreadyExistsError.errno:
            raise for_code(code)(name)
    return created


async def _partitions(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    if not names:
        return {}
    loop = asyncio.get_running_loop()
    deadline = loop.time() + KNOWN_SECONDS
    while True:
        found = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics(names)}
        # A broker that has not heard of a new topic yet shows it without partitions.
        if all(found.get(name) for name in names) or loop.time() > deadline:
            return {name: found.get(name, 0) for name in names}
        await asyncio.sleep(0.05)


async def _settings(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    for answer in await admin.describe_configs(asked):
        for _code, _message, _kind, name, entries in answer.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
