"""From the example's counted days and wall-clock times to real instants."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Anchor", "next_monday"]


def next_monday(now: datetime) -> date:
    """Day 0: the first Monday at least two days away everywhere, so that no visit is past."""
    earliest = now.date() + timedelta(days=3)
    return earliest + timedelta(days=-earliest.weekday() % 7)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where day 0 lies."""

    day0: date

    def day(self, number: int) -> date:
        return self.day0 + timedelta(days=number)

    def instant(self, number: int, wall_clock: str, zone: str) -> datetime:
        """``wall_clock`` ``HH:MM`` (24:00 is the day's end) on day ``number``, aware, in ``zone``."""
        hours, minutes = map(int, wall_clock.split(":"))
        day = self.day(number + hours // 24)
        return datetime.combine(day, time(hours % 24, minutes), tzinfo=ZoneInfo(zone))
