"""What a client tries on Kafka, and whether it was let."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    for_code,
)

from backbone.kafka import Kafka

__all__ = ["allowed", "delete", "make", "read", "seen", "transact", "write"]

REFUSALS = (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)


async def allowed(attempt: Awaitable[object]) -> bool:
    """Whether Kafka let it happen. Only its own refusal counts as one; it must decide within 15 seconds."""
    try:
        async with asyncio.timeout(15):
            await attempt
    except REFUSALS:
        return False
    return True


async def write(kafka: Kafka, topic: str, *, idempotent: bool = False) -> None:
    """One record."""
    producer = AIOKafkaProducer(**kafka.options(), enable_idempotence=idempotent)
    try:
        await producer.start()
        await producer.send_and_wait(kafka.topic_prefix + topic, b"{}")
    finally:
        await producer.stop()


async def read(kafka: Kafka, topic: str, group: str | None = None) -> None:
    """One record, which must be there, as a member of a group or by oneself."""
    consumer = AIOKafkaConsumer(
        kafka.topic_prefix + topic,
        **kafka.options(),
        group_id=None if group is None else kafka.topic_prefix + group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        await consumer.start()
        await consumer.getone()
        if group is not None:
            await consumer.commit()
    finally:
        await consumer.stop()


async def transact(kafka: Kafka, transactional_id: str) -> None:
    """An empty transaction: it fences whoever else has the id."""
    producer = AIOKafkaProducer(**kafka.options(), transactional_id=kafka.topic_prefix + transactional_id)
    try:
        await producer.start()
        async with producer.transaction():
            pass
    finally:
        await producer.stop()


async def make(kafka: Kafka, topic: str) -> None:
    """A topic."""
    async with _admin(kafka) as admin:
        answer = await admin.create_topics([NewTopic(kafka.topic_prefix + topic, 1, 1)])
        for _, code, *_ in answer.topic_errors:
            if code:
                raise for_code(code)(topic)


async def delete(kafka: Kafka, topic: str) -> None:
    """A topic."""
    async with _admin(kafka) as admin:
        answer = await admin.delete_topics([kafka.topic_prefix + topic])
        for _, code in answer.topic_error_codes:
            if code:
                raise for_code(code)(topic)


async def seen(kafka: Kafka) -> set[str]:
    """Topics that show, without the prefix; those of other installations left out."""
    async with _admin(kafka) as admin:
        names = await admin.list_topics()
    prefix = kafka.topic_prefix
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


@asynccontextmanager
async def _admin(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**kafka.options())
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
