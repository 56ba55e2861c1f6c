"""Which partition a key lives in: Kafka's own default, so that any client computes the same."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

__all__ = ["PARTITIONS", "partition_of"]

PARTITIONS = 12
"""Of every event topic, for good: another number would move streams to other partitions."""


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int = PARTITIONS) -> int:
    """The partition of ``key``: murmur2 of its UTF-8, sign bit cleared, modulo ``partitions``."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)
