"""Kafka records without a Kafka: what a poll would give."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from backbone.cloudevents.encode import HeaderEncoder, Headers, StoredRow
from backbone.cloudevents.partition import partition_of
from backbone.projecting.batching import Batch
from backbone.projecting.crew import Crew

__all__ = ["Delivery", "Shelf"]


@dataclass(frozen=True)
class Delivery:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int = 0


class Shelf:
    """A topic's partitions in memory, and where a consumer stands in them."""

    def __init__(self, prefix: str = "t.", markers: bool = True) -> None:
        """``markers``: every third offset or so is taken by one, as with transactions."""
        self.prefix = prefix
        self.markers = markers
        self.seeks: dict[TopicPartition, int] = {}
        self._ends: Counter[int] = Counter()
        self._encoder = HeaderEncoder("https://almanac.test")

    def put(self, row: StoredRow) -> Delivery:
        """The event's record."""
        key = str(row.stream_id)
        partition = partition_of(key)
        offset = self._ends[partition]
        self._ends[partition] += 2 if self.markers and offset % 3 == 1 else 1
        return Delivery(
            self.prefix + row.kafka_topic,
            partition,
            offset,
            key.encode(),
            row.state,
            self._encoder.headers(row),
        )

    def put_all(self, rows: Sequence[StoredRow]) -> list[Delivery]:
        """Partition by partition, as a poll gives them."""
        return sorted((self.put(row) for row in rows), key=lambda d: (d.partition, d.offset))

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.seeks[tp] = offset

    async def assign(self, crew: Crew, topic: str) -> None:
        """Gives the crew every partition."""
        await crew.assign(TopicPartition(self.prefix + topic, n) for n in range(12))

    async def deliver(self, crew: Crew, deliveries: Sequence[Delivery]) -> None:
        """One poll."""
        await crew.handle(Batch(deliveries, crew.seeks))
