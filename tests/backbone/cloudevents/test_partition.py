from collections import Counter
from uuid import UUID

import pytest

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


def test_spreads_ids() -> None:
    counts = Counter(partition_of(str(UUID(int=n * 7919))) for n in range(1_200))
    assert set(counts) == set(range(PARTITIONS))
    assert max(counts.values()) < 200
