"""What happens: a provider runs late, and catches up. The stream is the provider (a resource of booking)."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from backbone.events import DomainEvent
from backbone.privacy.sealed import Sealed
from services.patient_flow.values import MAX_DELAY_MINUTES, DelayReason

__all__ = ["EVENTS", "DelayEvent", "ProviderDelayCleared", "ProviderDelayReported"]


class _DelayEvent(DomainEvent):
    service: ClassVar[str] = "patient-flow"
    kafka_topic: ClassVar[str] = "almanac.patient-flow.delays"

    facility_id: UUID
    """The facility that the provider belongs to."""
    day: date
    """The facility's local day that the delay belongs to: it never reaches into the next."""


class ProviderDelayReported(_DelayEvent):
    """From ``timestamp`` on the provider is ``minutes`` behind; replaces whatever was reported before."""

    minutes: int = Field(gt=0, le=MAX_DELAY_MINUTES)
    """How many minutes late."""
    valid_until: datetime
    """The end of ``day`` in the facility's zone, in UTC: the delay is over then, cleared or not."""
    reason_code: DelayReason | None = None
    """Why, in one of the published words; names no patient."""
    reason_note: Sealed | None = None
    """Why, in somebody's own words; may speak of a patient, so it is ciphertext."""


class ProviderDelayCleared(_DelayEvent):
    """The provider is on time again."""


DelayEvent = ProviderDelayReported | ProviderDelayCleared

EVENTS: tuple[type[DomainEvent], ...] = (ProviderDelayReported, ProviderDelayCleared)
"""All event classes in their present versions."""
