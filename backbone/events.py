"""The shape of every domain event: immutable, typed, at home in one Kafka topic."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DomainEvent"]


class DomainEvent(BaseModel):
    """Something that happened to one stream (an aggregate instance).

    The three names ``originator_id``, ``originator_version`` and ``timestamp`` are those of the
    `eventsourcing` library, whose mapper and recorders read our events. The stored state, which is also
    the Kafka value, is the compact JSON of every field but the first two: these stand in columns and headers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: ClassVar[str]
    """The service that records it: ``booking``, ``patient-flow`` ..."""
    kafka_topic: ClassVar[str]
    """The one topic that carries its stream, without installation prefix."""
    schema_version: ClassVar[int] = 1
    """The N of ``.vN`` in its CloudEvents type; a change that old readers can't read raises it."""

    originator_id: UUID = Field(exclude=True)
    """The stream; also the Kafka key and ``ce_subject``."""
    originator_version: int = Field(exclude=True, ge=1)
    """Position in the stream: 1, 2, 3 ... without gaps."""
    timestamp: datetime
    """When it happened, in UTC, as in ``ce_time``; when it was committed stands in ``ce_recordedtime``."""

    @property
    def event_id(self) -> str:
        """``ce_id``: unique, and the same at every delivery, because it is made of stream and version."""
        return f"{self.originator_id}-{self.originator_version}"

    @classmethod
    def event_type(cls) -> str:
        """``ce_type``, for example ``almanac.booking.AppointmentBooked.v1``."""
        return f"almanac.{cls.service}.{cls.__name__}.v{cls.schema_version}"
