"""A place's wall clock: what 09:00 means, also on a day on which the clocks change (docs/time.md).

Decided on purpose, and the same everywhere:

- a wall clock time that does not exist (the clock jumps over it) means the instant of the jump;
- one that exists twice means its first occurrence;
- a request that names a wall clock time that does not exist is refused (``missing_wall_clock``).
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["MINUTES_A_DAY", "day_bounds", "instant_of", "local_day", "missing_wall_clock", "wall_clock"]

MINUTES_A_DAY: Final = 24 * 60
"""By the wall clock; how long a local day lasts is another matter (``day_bounds``)."""


def instant_of(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which ``zone``'s clock shows ``minute`` minutes after midnight; 1440: the next."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    before = (wall - _offset(wall, zone, 0)).replace(tzinfo=UTC)
    after = (wall - _offset(wall, zone, 1)).replace(tzinfo=UTC)
    if before <= after:
        return before
    return _jump(after, before, zone)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day that the calendar on the wall shows at ``moment``."""
    return moment.astimezone(zone).date()


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A local day's first instant and the next day's: 23, 24 or 25 hours apart, or by half hours between."""
    return instant_of(day, 0, zone), instant_of(day, MINUTES_A_DAY, zone)


def wall_clock(moment: datetime, zone: ZoneInfo) -> str:
    """What the clock on the wall shows, without offset: ``2026-03-29T09:00``."""
    # An hour that exists twice is equal to itself the second time, an hour later: that is not remembered.
    return _wall_clock(moment, zone) if moment.fold else _remembered(moment, zone)


def _wall_clock(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()[: len("2026-03-29T09:00")]


_remembered = lru_cache(maxsize=16_384)(_wall_clock)
"""Many visits begin at the same time."""


def missing_wall_clock(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether ``moment``, as its sender wrote it, shows a time that the place's clock jumps over.

    Only a sender who wrote one of the zone's own two offsets meant the wall clock; UTC and other offsets
    are plain instants.
    """
    offset = moment.utcoffset()
    if not offset:
        return False
    wall = moment.replace(tzinfo=None)
    before, after = _offset(wall, zone, 0), _offset(wall, zone, 1)
    return before < after and offset in (before, after)


def _offset(wall: datetime, zone: ZoneInfo, fold: int) -> timedelta:
    return wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()


def _jump(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant in (low, high] from which ``high``'s offset holds."""
    new = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == new:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
