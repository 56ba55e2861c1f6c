"""What a consumer sees of one Kafka record: a CloudEvents 1.0 event in Kafka binary mode."""

from datetime import datetime
from typing import NamedTuple

__all__ = ["Record"]


class Record(NamedTuple):
    """Attributes as in CloudEvents 1.0 (section 3) and the contract's extensions; ``data`` is the JSON value.

    Where another system's record lacks one of our extensions, numbers are 0 and texts empty or None. A tuple,
    because one is made of every record consumed, and a frozen dataclass takes four times as long to make.
    """

    topic: str
    """Unprefixed."""
    partition: int
    offset: int
    key: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    recorded_time: datetime
    sequence: int
    """Per source, 1, 2, 3 ... without gaps; 0: the producer doesn't count."""
    position: int
    stream_version: int
    data: bytes
    auth_type: str = ""
    auth_id: str = ""
    facility_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    """Of the request that caused the event, not of the hop that brought it."""
