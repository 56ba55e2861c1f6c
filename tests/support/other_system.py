"""Another system, as it meets Almanac on Kafka: sends commands, hears its answers and dead letters."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from joserfc import jwe
from joserfc.jwk import ECKey

from backbone.clock import SystemClock
from backbone.commanding.commanding import Commanding
from backbone.commanding.keys import CommandKeys
from backbone.commanding.naming import command_topic, topics_of_system
from backbone.commanding.systems import MIGRATIONS, SCHEMA, register_system
from backbone.kafka import Kafka
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.store.migrating import migrate
from backbone.topics import ensure_topics
from cli.catalogue import command_owners
from tests.support.waiting import eventually

__all__ = ["Answer", "OtherSystem", "connected", "open_system", "prepare_commanding", "registered"]

SOURCE = "urn:example:lab"


@dataclass(frozen=True, slots=True)
class Answer:
    """A record on the system's result topic."""

    id: str
    accepted: bool
    body: dict[str, Any]
    value: bytes
    headers: dict[str, str]
    key: bytes | None

    def told(self) -> tuple[bytes, dict[str, str]]:
        """What is the same each time that it comes: all but the hop that brought it."""
        changing = ("traceparent", "ce_traceparent")
        return self.value, {name: value for name, value in self.headers.items() if name not in changing}


@dataclass
class OtherSystem:
    """One registered (or not registered) system."""

    name: str
    kafka: Kafka
    producer: AIOKafkaProducer
    public_key: ECKey
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    """By the command's id."""
    letters: list[ConsumerRecord[bytes, bytes]] = field(default_factory=list)

    def secret(self, text: str) -> str:
        """Encrypted as any JOSE library does it."""
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": self.public_key.kid}
        return jwe.encrypt_compact(header, text.encode(), self.public_key)

    async def send(self, name: str, body: Any, *, id: str | None = None, **attributes: str) -> str:
        """Sends a command and returns its id. ``attributes``: of the CloudEvent, ``raw_`` ones as headers."""
        id = id or str(uuid4())
        kind = name if name.startswith("almanac.") else f"almanac.commands.{name}.v1"
        headers = {
            "ce_specversion": "1.0",
            "ce_id": id,
            "ce_source": SOURCE,
            "ce_type": kind,
            "ce_time": datetime.now(UTC).isoformat(),
            "content-type": "application/json",
        } | {f"ce_{key}": value for key, value in attributes.items()}
        value = body if isinstance(body, bytes) else json.dumps(body).encode()
        key = headers.get("ce_subject", id).encode()
        await self.send_raw(value, [(n, v.encode()) for n, v in headers.items()], key)
        return id

    async def send_raw(
        self, value: bytes | None, headers: list[tuple[str, bytes]], key: bytes | None = None
    ) -> None:
        topic = self.kafka.topic_prefix + command_topic(self.name)
        await self.producer.send_and_wait(topic, value, key=key, headers=headers)

    async def answered(self, id: str, times: int = 1) -> Answer:
        """The answer, once it has come so many times; all times alike."""
        await eventually(lambda: len(self.answers.get(id, ())) >= times, within=15)
        first, *others = self.answers[id]
        assert all(o.told() == first.told() for o in others)
        return first

    async def ask(self, name: str, body: Any, **attributes: str) -> Answer:
        """Sends, and waits for the answer."""
        return await self.answered(await self.send(name, body, **attributes))

    async def accepted(self, name: str, body: Any, **attributes: str) -> dict[str, Any]:
        """Its body; it must have been accepted."""
        answer = await self.ask(name, body, **attributes)
        assert answer.accepted, answer.body
        return answer.body

    async def refused(self, name: str, body: Any, **attributes: str) -> str:
        """The problem's type; it must have been refused."""
        answer = await self.ask(name, body, **attributes)
        assert not answer.accepted, answer.body
        return str(answer.body["type"]).removeprefix("/problems/")

    async def letter(self, marker: str) -> dict[str, str]:
        """Headers of the dead letter that has ``marker`` among its headers' values."""

        def found() -> dict[str, str] | None:
            for record in self.letters:
                headers = {name: value.decode("latin-1") for name, value in record.headers}
                if marker in headers.values():
                    return headers
            return None

        headers: dict[str, str] = await eventually(found, within=15)
        return headers

    async def listen(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            headers = {name: value.decode("latin-1") for name, value in record.headers}
            if record.topic.endswith(".dead-letter"):
                self.letters.append(record)
                continue
            kind = headers["ce_type"].removeprefix("almanac.command-results.")
            body = json.loads(record.value)
            answer = Answer(headers["ce_id"], kind == "Accepted.v1", body, record.value, headers, record.key)
            self.answers.setdefault(headers["ce_causationid"], []).append(answer)


async def prepare_commanding(database: str, root: RootKey) -> Commanding:
    """The register's tables."""
    await migrate(database, SCHEMA, MIGRATIONS)
    return Commanding(database, CommandKeys(KeyRing(root), SystemClock()), command_owners())


async def registered(database: str, name: str, *roles: str, **limits: Any) -> None:
    """Registers a system."""
    connection = await asyncpg.connect(database, server_settings={"search_path": SCHEMA})
    try:
        facilities = limits.get("facility_ids")
        now = datetime.now(UTC)
        await register_system(connection, name, roles or ("system",), facilities, now=now, by="a test")
    finally:
        await connection.close()


@asynccontextmanager
async def open_system(kafka: Kafka, name: str, commanding: Commanding) -> AsyncIterator[OtherSystem]:
    """Its topics, made where missing, and its clients."""
    await ensure_topics(kafka, topics_of_system(name))
    async with connected(kafka, name, commanding) as system:
        yield system


@asynccontextmanager
async def connected(
    kafka: Kafka, name: str, commanding: Commanding, *, hears_letters: bool = True
) -> AsyncIterator[OtherSystem]:
    """Its clients alone. ``hears_letters``: also its dead letters, which no system may read."""
    _, *hears = topics_of_system(name)[: 3 if hears_letters else 2]
    producer = AIOKafkaProducer(**kafka.options())
    consumer = AIOKafkaConsumer(**kafka.options(), auto_offset_reset="earliest", enable_auto_commit=False)
    consumer.assign(
        [TopicPartition(kafka.topic_prefix + t.name, n) for t in hears for n in range(t.partitions)]
    )
    await producer.start()
    await consumer.start()
    key = ECKey.import_key(commanding.keys.published()["keys"][0])
    system = OtherSystem(name, kafka, producer, key)
    listening = asyncio.create_task(system.listen(consumer))
    try:
        yield system
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await consumer.stop()
        await producer.stop()
