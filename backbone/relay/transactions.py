"""Kafka transactions of one producer, one after the other: three requests each, and no waiting in between.

aiokafka's own producer is made for many callers, retries and lingers; where the transaction before is still
being settled it waits for 20 ms. Here almost any error ends the producer, and the relay begins anew.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import (
    ConcurrentTransactions,
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    LeaderNotAvailableError,
    NoError,
    NotCoordinatorError,
    NotLeaderForPartitionError,
    OperationNotAttempted,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest

from backbone.relay.record_batch import RecordBatch

__all__ = ["Transactions", "begin"]

SETTLING_SECONDS = 0.001
"""The first pause before it is asked again whether the transaction before is settled."""
ABSENCE_SECONDS = 0.02
"""The pause where a coordinator or a leader is away."""
REQUEST_MS = 10_000
ALL_IN_SYNC = -1
SEQUENCES = 2**31

Batches = Mapping[TopicPartition, Sequence[RecordBatch]]


@dataclass(slots=True)
class Transactions:
    """What `begin` gives: nobody who began before can append any more."""

    client: AIOKafkaClient
    transactional_id: str
    coordinator: int
    producer_id: int
    epoch: int
    _sequences: dict[TopicPartition, int] = field(default_factory=dict)

    async def commit(self, batches: Batches) -> None:
        """All of them, or nothing.

        On any error (``KafkaError``, a timeout of the caller's) the transaction's fate is open, and none can
        follow: `begin` anew, which settles it.
        """
        await self.add(batches)
        await self.append(batches)
        await self.end()

    async def add(self, partitions: Iterable[TopicPartition]) -> None:
        """Tells the coordinator where the transaction will have records: it begins."""
        topics = [(topic, numbers) for topic, numbers in _by_topic((tp, tp.partition) for tp in partitions)]

        async def ask() -> Iterable[int]:
            request = AddPartitionsToTxnRequest(self.transactional_id, self.producer_id, self.epoch, topics)
            answer = await self._ask_coordinator(request)
            return [code for _, partitions in answer.errors for _, code in partitions]

        await _settled(ask)

    async def end(self) -> None:
        """Commits: from the answer on nothing can undo it."""

        async def ask() -> Iterable[int]:
            request = EndTxnRequest(self.transactional_id, self.producer_id, self.epoch, True)
            return [(await self._ask_coordinator(request)).error_code]

        await _settled(ask)

    async def append(self, batches: Batches) -> None:
        """Adds records to partitions of the transaction; every replica in sync has them when it returns."""
        # One batch for each partition is all that a request may carry.
        for turn in zip_longest(*batches.values()):
            await self._append({tp: batch for tp, batch in zip(batches, turn, strict=True) if batch})

    async def _append(self, batches: Mapping[TopicPartition, RecordBatch]) -> None:
        waiting: dict[TopicPartition, bytes] = {}
        for tp, batch in batches.items():
            sequence = self._sequences.get(tp, 0)
            waiting[tp] = batch.built(self.producer_id, self.epoch, sequence)
            self._sequences[tp] = (sequence + batch.records) % SEQUENCES
        while moved := await self._send(waiting):
            # Not appended there, and sent again as they are: a partition takes each sequence once.
            waiting = {tp: waiting[tp] for tp in moved}
            await self._look_around()

    async def _send(self, built: Mapping[TopicPartition, bytes]) -> list[TopicPartition]:
        """Those that have another leader than we thought."""
        parts: dict[int, list[TopicPartition]] = defaultdict(list)
        for tp in built:
            parts[await self._leader(tp)].append(tp)
        requests = [
            ProduceRequest(
                self.transactional_id,
                ALL_IN_SYNC,
                REQUEST_MS,
                _by_topic((tp, (tp.partition, built[tp])) for tp in its),
            )
            for its in parts.values()
        ]
        answers = await asyncio.gather(*map(self.client.send, parts, requests))
        said = {
            TopicPartition(topic, partition): code
            for answer in answers
            for topic, partitions in answer.topics
            for partition, code, *_ in partitions
        }
        moved = [tp for tp, code in said.items() if for_code(code) in _MOVED]
        _check(code for tp, code in said.items() if tp not in moved)
        return moved

    async def _leader(self, tp: TopicPartition) -> int:
        cluster = self.client.cluster
        while (leader := cluster.leader_for_partition(tp)) is None or leader < 0:
            self.client.add_topic(tp.topic)
            await self._look_around()
        return int(leader)

    async def _look_around(self) -> None:
        await self.client.force_metadata_update()
        await asyncio.sleep(ABSENCE_SECONDS)

    async def _ask_coordinator(self, request: object) -> Any:
        return await self.client.send(self.coordinator, request, group=ConnectionGroup.COORDINATION)


async def begin(client: AIOKafkaClient, transactional_id: str, timeout_ms: int) -> Transactions:
    """Takes the id over: an older producer of it is fenced, and its last transaction settled.

    Waits while the coordinator is not there; raises ``KafkaError`` where it refuses. ``timeout_ms``: after so
    long the coordinator aborts a transaction that was not ended.
    """
    while True:
        try:
            coordinator = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
            request = InitProducerIdRequest(transactional_id, timeout_ms)
            answer = await client.send(coordinator, request, group=ConnectionGroup.COORDINATION)
            _check([answer.error_code])
        except _NOT_YET:
            await asyncio.sleep(ABSENCE_SECONDS)
        else:
            break
    return Transactions(client, transactional_id, coordinator, answer.producer_id, answer.producer_epoch)


_NOT_YET = (
    ConcurrentTransactions,
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)


_MOVED = (LeaderNotAvailableError, NotLeaderForPartitionError, UnknownTopicOrPartitionError)


async def _settled(ask: Callable[[], Awaitable[Iterable[int]]]) -> None:
    """Asks until the transaction before is settled, more and more rarely."""
    pause = SETTLING_SECONDS
    while True:
        try:
            _check(await ask())
        except ConcurrentTransactions:
            await asyncio.sleep(pause)
            pause = min(2 * pause, ABSENCE_SECONDS)
        else:
            return


def _check(codes: Iterable[int]) -> None:
    """Raises what the first of Kafka's error codes means."""
    errors = [for_code(code) for code in codes]
    for error in errors:
        # Those only say that others are at fault.
        if error not in (NoError, OperationNotAttempted):
            raise error()


def _by_topic(values: Iterable[tuple[TopicPartition, Any]]) -> list[tuple[str, list[Any]]]:
    topics: dict[str, list[Any]] = defaultdict(list)
    for tp, value in values:
        topics[tp.topic].append(value)
    return list(topics.items())
