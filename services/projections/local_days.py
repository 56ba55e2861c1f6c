"""A facility's wall clock, read the way booking reads it (a test holds the two together).

A time that the clock jumps over means the instant of the jump, one that exists twice its first occurrence.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["day_bounds", "instant_of"]

_DAY_MINUTES = 24 * 60


def instant_of(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of ``minute`` minutes after midnight by the wall clock; 1440 is the next midnight."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= second:
        return first
    return _jump(second, first, zone)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A local day's first instant, and the next day's."""
    return instant_of(day, 0, zone), instant_of(day, _DAY_MINUTES, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant in (before, after] at which the clock shows ``after``'s offset."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
