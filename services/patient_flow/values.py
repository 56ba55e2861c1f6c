"""The small things that events, states and requests are made of."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from backbone.local_time import day_bounds, local_day

__all__ = ["MAX_DELAY_MINUTES", "ClinicDay", "DelayReason"]

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

    @classmethod
    def around(cls, at: datetime, facility_id: UUID, time_zone: str) -> "ClinicDay":
        """The facility's day that ``at`` lies in."""
        zone = ZoneInfo(time_zone)
        day = local_day(at, zone)
        return cls(facility_id, day, day_bounds(day, zone)[1])
