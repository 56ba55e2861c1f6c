from collections import Counter
from random import Random
from uuid import UUID

import pytest
from aiokafka.partitioner import murmur2 as aiokafka_murmur2

from backbone.cloudevents.partition import PARTITIONS, partition_of


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [  # from Apache Kafka's own UtilsTest.testMurmur2
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_is_kafka_s_own(key: str, murmur2: int) -> None:
    assert partition_of(key) == (murmur2 & 0x7FFFFFFF) % PARTITIONS
    assert partition_of(key, 7) == (murmur2 & 0x7FFFFFFF) % 7


def test_agrees_with_aiokafka_at_any_length() -> None:
    random = Random(7)
    keys = ["".join(chr(random.randrange(32, 0x2FF)) for _ in range(length)) for length in range(100)]
    assert [partition_of(key) for key in keys] == [
        (aiokafka_murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS for key in keys
    ]


def test_spreads_ids() -> None:
    counts = Counter(partition_of(str(UUID(int=n * 7919))) for n in range(1_200))
    assert set(counts) == set(range(PARTITIONS))
    assert max(counts.values()) < 200
