"""An event as it stands in the store: what history shows, and all that a CloudEvent is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from pydantic_core import from_json

__all__ = ["CommittedEvent"]


@dataclass(frozen=True, slots=True)
class CommittedEvent:
    """One row of ``stored_events``; ``state`` is the Kafka value."""

    position: int
    stream_id: UUID
    version: int
    type: str
    state: bytes
    kafka_topic: str
    """Without installation prefix."""
    sequence: int
    meta: Mapping[str, Any]
    """``auth_type``, ``auth_id``, ``correlation_id``, ``decision_id``; where known ``causation_id``,
    ``traceparent``, ``facility_id``. All texts."""
    occurred_at: datetime
    recorded_at: datetime

    @property
    def event_id(self) -> str:
        """``ce_id``."""
        return f"{self.stream_id}-{self.version}"

    @classmethod
    def of(cls, row: Record) -> "CommittedEvent":
        """From all columns of the row."""
        return cls(
            position=row["notification_id"],
            stream_id=row["originator_id"],
            version=row["originator_version"],
            type=row["topic"],
            state=row["state"],
            kafka_topic=row["kafka_topic"],
            sequence=row["sequence"],
            meta=from_json(row["meta"]),
            occurred_at=row["occurred_at"],
            recorded_at=row["recorded_at"],
        )
