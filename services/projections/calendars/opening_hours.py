"""When a resource is closed: all the time that its weekly templates don't open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backbone.local_time import instant_of
from services.projections.directory import Hours

__all__ = ["Span", "WeeklyTemplate", "closed"]

Span = tuple[datetime, datetime]
"""From the first instant up to, not including, the second."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class WeeklyTemplate:
    """Weekly hours for a range of local days, both included."""

    effective_from: date
    effective_to: date | None
    weekly: tuple[Hours, ...]

    def covers(self, day: date) -> bool:
        """Whether it says anything about ``day``."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def on(self, day: date) -> Iterator[Hours]:
        """The hours of ``day``; every other week counts from the week that ``effective_from`` lies in."""
        weeks = (_monday(day) - _monday(self.effective_from)).days // 7
        weekday = _DAYS[day.weekday()]
        return (hours for hours in self.weekly if hours.day == weekday and weeks % hours.every_weeks == 0)


def closed(
    templates: Sequence[WeeklyTemplate],
    home: ZoneInfo,
    zones: Mapping[UUID, ZoneInfo],
    start: datetime,
    end: datetime,
) -> list[Span]:
    """The closed parts of [start, end), in order; without any template all of it.

    ``templates``: the newest first; on each day the first that covers it holds alone. ``home``: the zone of
    the resource's own facility; ``zones``: those of other facilities where hours may be worked.
    """
    opened = sorted(_opened(templates, home, zones, start, end))
    gaps, free_from = [], start
    for opens, closes in opened:
        if opens > free_from:
            gaps.append((free_from, min(opens, end)))
        free_from = max(free_from, closes)
        if free_from >= end:
            return gaps
    return [*gaps, (free_from, end)]


def _opened(
    templates: Sequence[WeeklyTemplate],
    home: ZoneInfo,
    zones: Mapping[UUID, ZoneInfo],
    start: datetime,
    end: datetime,
) -> Iterable[Span]:
    day = start.astimezone(home).date() - timedelta(days=1)
    last = end.astimezone(home).date() + timedelta(days=1)
    while day <= last:
        template = next((each for each in templates if each.covers(day)), None)
        for hours in template.on(day) if template else ():
            zone = home if hours.facility_id is None else zones.get(hours.facility_id, home)
            opens = instant_of(day, _minutes(hours.from_time), zone)
            closes = instant_of(day, _minutes(hours.to_time), zone)
            if closes > start and opens < end:
                yield opens, closes
        day += timedelta(days=1)


def _minutes(wall_clock: str) -> int:
    hours, minutes = wall_clock.split(":")
    return int(hours) * 60 + int(minutes)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
