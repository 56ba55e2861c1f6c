"""What may be asked: report how late a provider is, or that the delay is over."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

__all__ = ["MAX_DELAY_MINUTES", "ClearDelay", "ClinicDay", "DelayReason", "ReportDelay"]

MAX_DELAY_MINUTES = 600
"""Ten hours: more than any clinic's day is not a delay but an absence, which booking records."""


class DelayReason(StrEnum):
    """Why a provider is late, in words that name no patient."""

    EMERGENCY = "emergency"
    PREVIOUS_VISIT = "previous-visit"
    SURGERY = "surgery"
    TRAFFIC = "traffic"
    EQUIPMENT = "equipment"
    STAFFING = "staffing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ClinicDay:
    """The facility's local day in which something is said, and the instant that ends it."""

    facility_id: UUID
    day: date
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ReportDelay:
    """``minutes`` > 0 behind, as of ``at``."""

    resource_id: UUID
    minutes: int
    at: datetime
    reason_code: DelayReason | None = None
    reason_note: str | None = None
    """Plain text; sealed before it becomes an event."""


@dataclass(frozen=True, slots=True)
class ClearDelay:
    """On time again, as of ``at``."""

    resource_id: UUID
    at: datetime
