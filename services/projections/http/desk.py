"""What the routes share: where they read from, and the stretch of time that is asked for."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Query

from backbone.clock import Clock
from backbone.local_time import instant_of
from backbone.privacy.privacy import Privacy
from backbone.projecting.tables import Pool
from backbone.web.problems import Problem
from backbone.web.times import Day, Instant

__all__ = ["From", "To", "Desk", "first_instant", "last_instant", "stretch"]

LONGEST: Final = timedelta(days=100)
"""Of a calendar in one answer."""
USUAL: Final = timedelta(days=7)

From = Annotated[
    Day | Instant | None, Query(alias="from", description="An instant, or a local day from its start.")
]
To = Annotated[Day | Instant | None, Query(alias="to", description="An instant, or a local day to its end.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes read from."""

    pool: Pool
    privacy: Privacy
    clock: Clock


def first_instant(given: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    """The instant meant by ``from``; a day means its start by ``zone``'s clock."""
    if given is None or isinstance(given, datetime):
        return given
    return instant_of(given, 0, zone)


def last_instant(given: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    """The instant meant by ``to``; a day means its end by ``zone``'s clock."""
    if given is None or isinstance(given, datetime):
        return given
    return instant_of(given + timedelta(days=1), 0, zone)


def stretch(
    first: date | datetime | None, last: date | datetime | None, zone: ZoneInfo, now: datetime
) -> tuple[datetime, datetime]:
    """From and to; without them, a week from the start of today. A problem where it is empty or too long."""
    start = first_instant(first, zone) or instant_of(now.astimezone(zone).date(), 0, zone)
    end = last_instant(last, zone) or start + USUAL
    if not start < end <= start + LONGEST:
        raise Problem("invalid", f"from lies before to, by {LONGEST.days} days at most.")
    return start, end
