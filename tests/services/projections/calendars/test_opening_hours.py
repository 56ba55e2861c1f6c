"""A resource's closed times, by the wall clock of the place where the hours are worked."""

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backbone.local_time import day_bounds, instant_of
from services.projections.calendars.opening_hours import Span, WeeklyTemplate, closed
from services.projections.directory import Hours

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ELSEWHERE = UUID("01900000-0000-7000-8000-00000000000e")


def mornings(since: date = date(2026, 1, 5), until: date | None = None, **more: object) -> WeeklyTemplate:
    hours = Hours.model_validate({"day": "MO", "from_time": "09:00", "to_time": "12:00", **more})
    return WeeklyTemplate(since, until, (hours,))


def read(spans: list[Span], zone: ZoneInfo = BERLIN) -> list[str]:
    return [
        f"{opens.astimezone(zone):%d %H:%M}-{closes.astimezone(zone):%d %H:%M}" for opens, closes in spans
    ]


def test_without_a_template_it_is_closed() -> None:
    start, end = day_bounds(date(2026, 1, 5), BERLIN)
    assert closed([], BERLIN, {}, start, end) == [(start, end)]


def test_a_day_is_closed_around_its_hours() -> None:
    day = day_bounds(date(2026, 1, 5), BERLIN)
    assert read(closed([mornings()], BERLIN, {}, *day)) == ["05 00:00-05 09:00", "05 12:00-06 00:00"]


def test_inside_the_hours_nothing_is_closed() -> None:
    ten = instant_of(date(2026, 1, 5), 600, BERLIN)
    assert closed([mornings()], BERLIN, {}, ten, ten + timedelta(hours=1)) == []


def test_a_newer_template_holds_alone_on_its_days() -> None:
    day = day_bounds(date(2026, 1, 12), BERLIN)
    holiday = WeeklyTemplate(date(2026, 1, 12), date(2026, 1, 12), ())
    assert closed([holiday, mornings()], BERLIN, {}, *day) == [day]


def test_every_other_week_counts_from_the_first_week() -> None:
    fortnightly = mornings(since=date(2026, 1, 7), every_weeks=2)
    first, second, third = (day_bounds(date(2026, 1, day), BERLIN) for day in (5, 12, 19))
    assert closed([fortnightly], BERLIN, {}, *first) == [first], "it began on Wednesday"
    assert closed([fortnightly], BERLIN, {}, *second) == [second]
    assert len(closed([fortnightly], BERLIN, {}, *third)) == 2


def test_hours_at_another_facility_follow_its_clock() -> None:
    away = mornings(facility_id=ELSEWHERE)
    day = day_bounds(date(2026, 1, 5), BERLIN)
    assert read(closed([away], BERLIN, {ELSEWHERE: NEW_YORK}, *day)) == [
        "05 00:00-05 15:00",
        "05 18:00-06 00:00",
    ]
