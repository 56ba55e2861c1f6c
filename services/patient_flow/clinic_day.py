"""The local day of a facility: midnight to midnight on its own clocks, 23 to 25 hours long."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.patient_flow.commands import ClinicDay

__all__ = ["clinic_day"]


def clinic_day(facility_id: UUID, time_zone: str, at: datetime) -> ClinicDay:
    """The facility's day that ``at`` lies in, up to its next midnight (where it is skipped: to the skip)."""
    zone = ZoneInfo(time_zone)
    day = at.astimezone(zone).date()
    next_midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return ClinicDay(facility_id, day, next_midnight.astimezone(UTC))
