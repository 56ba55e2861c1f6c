"""Open hours: the weekly template by the facility's wall clock, as bits over the UTC slot grid."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from backbone.local_time import MINUTES_A_DAY, day_bounds, instant_of, local_day
from services.booking.slots import SLOT_MINUTES, bits_between, instant, slot_after, slot_of
from services.booking.values import WEEKDAYS, EffectiveRange, WeeklyHours

__all__ = ["Hours", "Template", "open_bits", "plain_day_start", "replace_template"]


@dataclass(frozen=True, slots=True)
class Hours:
    """Open hours on one weekday, in minutes after local midnight."""

    weekday: int
    from_minute: int
    to_minute: int
    every_weeks: int
    facility_id: UUID
    visit_types: frozenset[str] | None

    @classmethod
    def of(cls, weekly: WeeklyHours, home: UUID) -> "Hours":
        """From its form in an event; ``home`` is the resource's own facility."""
        return cls(
            weekday=WEEKDAYS.index(weekly.day),
            from_minute=_minutes(weekly.from_time),
            to_minute=_minutes(weekly.to_time),
            every_weeks=weekly.every_weeks,
            facility_id=weekly.facility_id or home,
            visit_types=None if weekly.visit_types is None else frozenset(weekly.visit_types),
        )

    def serve(self, visit_type: str) -> bool:
        """Whether visits of this type may be booked in them."""
        return self.visit_types is None or visit_type in self.visit_types


@dataclass(frozen=True, slots=True)
class Template:
    """Weekly hours in a range of local days."""

    days: EffectiveRange
    hours: tuple[Hours, ...]

    def on(self, day: date) -> Iterable[Hours]:
        """The hours that are worked on ``day``, which lies in the range."""
        weekday, ordinal = day.weekday(), day.toordinal()
        weeks = _week(ordinal) - _week(self.days.effective_from.toordinal())
        return [h for h in self.hours if h.weekday == weekday and weeks % h.every_weeks == 0]


def replace_template(templates: tuple[Template, ...], new: Template) -> tuple[Template, ...]:
    """``new`` first: on its days it holds alone. Those that it covers whole are forgotten."""
    return (new, *(old for old in templates if not new.days.encloses(old.days)))


def open_bits(
    templates: tuple[Template, ...],
    facility_id: UUID,
    zone: ZoneInfo,
    serves: Callable[[Hours], bool],
    first_slot: int,
    end_slot: int,
) -> int:
    """Bit i is set where the resource is open at the facility in slot ``first_slot + i``."""
    bits = 0
    day = local_day(instant(first_slot), zone)
    last = local_day(instant(end_slot - 1), zone)
    while day <= last:
        template = next((t for t in templates if t.days.covers(day)), None)
        if template is not None:
            for hours in template.on(day):
                if hours.facility_id == facility_id and serves(hours):
                    first, end = _slots(hours, day, zone)
                    bits |= bits_between(max(first - first_slot, 0), max(end - first_slot, 0))
        day += timedelta(days=1)
    return bits & bits_between(0, end_slot - first_slot)


def _slots(hours: Hours, day: date, zone: ZoneInfo) -> tuple[int, int]:
    midnight = plain_day_start(day, zone)
    if midnight is not None:
        return midnight + hours.from_minute // SLOT_MINUTES, midnight + hours.to_minute // SLOT_MINUTES
    return slot_after(instant_of(day, hours.from_minute, zone)), slot_of(
        instant_of(day, hours.to_minute, zone)
    )


@lru_cache(maxsize=8192)
def plain_day_start(day: date, zone: ZoneInfo) -> int | None:
    """The slot of local midnight, if the clock runs evenly through the whole day; else None."""
    first, end = day_bounds(day, zone)
    if (
        end - first != timedelta(days=1)
        or first.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset()
    ):
        return None
    return slot_of(first) if first.minute % SLOT_MINUTES == 0 else None


def _minutes(wall_clock: str) -> int:
    hours, minutes = wall_clock.split(":")
    return min(int(hours) * 60 + int(minutes), MINUTES_A_DAY)


def _week(ordinal: int) -> int:
    """Day 1 was a Monday."""
    return (ordinal - 1) // 7
