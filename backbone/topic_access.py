"""What Kafka shows us of a topic, and what it lets us do with it: asked, rather than guessed from errors.

A refusal often comes out as something else: a transaction that could not take up a topic fails as one in a
wrong state, and a topic that is hidden as a request that took too long.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

from backbone.kafka import Kafka

__all__ = ["Access", "Operation", "topic_access"]

ASK_MS = 5_000
Operation = Literal["Read", "Write"]
_BITS: Final[Mapping[Operation, int]] = {"Read": 1 << 3, "Write": 1 << 4}
_NOT_TOLD: Final = -(1 << 31)


@dataclass(frozen=True, slots=True)
class Access:
    """One topic's."""

    state: Literal["there", "missing", "hidden"]
    """Hidden: there or not, we may not even see it."""
    allowed: frozenset[Operation] = frozenset()


class _Answer(Response):  # type: ignore[misc] # aiokafka has no types
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node", Int32), ("host", String()), ("port", Int32), ("rack", String()))),
        ("cluster_id", String()),
        ("controller", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("name", String()),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline", Array(Int32)),
                    ),
                ),
                ("operations", Int32),
            ),
        ),
        ("cluster_operations", Int32),
    )


class _Question(RequestStruct):  # type: ignore[misc] # aiokafka has no types
    """Kafka's Metadata request in the version that tells what is allowed; aiokafka's own ends before."""

    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", Array(String())),
        ("make_topics", Boolean),
        ("tell_cluster_operations", Boolean),
        ("tell_topic_operations", Boolean),
    )


class _Asking(Request[_Question]):  # type: ignore[misc] # aiokafka has no types
    API_KEY = 3

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = list(topics)

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class(self._topics, False, False, True)


async def topic_access(kafka: Kafka, topics: Collection[str]) -> Mapping[str, Access] | None:
    """By topic, all names as the broker knows them; None where Kafka can't be asked now."""
    client = AIOKafkaClient(**kafka.options(), request_timeout_ms=ASK_MS)
    try:
        async with asyncio.timeout(2 * ASK_MS / 1000):
            await client.bootstrap()
            answer = await client.send(client.get_random_node(), _Asking(topics))
    except (KafkaError, OSError, TimeoutError):
        return None
    finally:
        await client.close()
    return {name: _access(code, operations) for code, name, _, _, operations in answer.topics}


def _access(code: int, operations: int) -> Access:
    if code == UnknownTopicOrPartitionError.errno:
        return Access("missing")
    if code == TopicAuthorizationFailedError.errno:
        return Access("hidden")
    told = operations != _NOT_TOLD
    return Access("there", frozenset(each for each, bit in _BITS.items() if not told or operations & bit))
