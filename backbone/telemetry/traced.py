"""A Kafka record as its consumer's span sees it: apart from the SDK, which is loaded only where wanted."""

from dataclasses import dataclass

__all__ = ["Delivered"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What of a Kafka record its consumer's span is made of."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Of the record, in milliseconds."""
    hop: str | None
    """``traceparent``: of who published it."""
    origin: str | None
    """``ce_traceparent``: of the request that caused it."""
