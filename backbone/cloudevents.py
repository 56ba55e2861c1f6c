"""What a consumer sees of one Kafka record: a CloudEvents 1.0 event in Kafka binary mode."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Record"]


@dataclass(frozen=True, slots=True)
class Record:
    """Attributes as in CloudEvents 1.0 (section 3) and the contract's extensions; ``data`` is the JSON value."""

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
    position: int
    stream_version: int
    data: bytes
    auth_type: str = ""
    auth_id: str = ""
    facility_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
