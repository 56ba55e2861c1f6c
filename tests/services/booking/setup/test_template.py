"""Weekly hours by the facility's clock, as bits over UTC."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbone.local_time import day_bounds
from services.booking.setup.template import Hours, Template, open_bits, plain_day_start, replace_template
from services.booking.slots import instant, slot_of
from services.booking.values import EffectiveRange, WeeklyHours

HERE, THERE = UUID(int=1), UUID(int=2)
ZONES = [
    ZoneInfo(name) for name in ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata")
]
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def template(start: date, end: date | None, *weekly: WeeklyHours) -> Template:
    days = EffectiveRange(effective_from=start, effective_to=end)
    return Template(days, tuple(Hours.of(hours, HERE) for hours in weekly))


def daily(start: str, end: str) -> Iterable[WeeklyHours]:
    return [WeeklyHours.model_validate({"day": d, "from_time": start, "to_time": end}) for d in DAYS]


def ranges(bits: int, first: int) -> list[tuple[str, str]]:
    found, slot = [], first
    while bits:
        skip = (bits & -bits).bit_length() - 1
        bits >>= skip
        run = (~bits & (bits + 1)).bit_length() - 1
        found.append((text(slot + skip), text(slot + skip + run)))
        bits >>= run
        slot += skip + run
    return found


def text(slot: int) -> str:
    return instant(slot).strftime("%m-%dT%H:%M")


def open_on(zone: str, start: str, end: str, first: date, days: int) -> list[tuple[str, str]]:
    begin = slot_of(datetime(first.year, first.month, first.day, tzinfo=UTC)) - 144
    bits = open_bits(
        (template(first, first + timedelta(days=days - 1), *daily(start, end)),),
        HERE,
        ZoneInfo(zone),
        lambda hours: True,
        begin,
        begin + 288 * (days + 1),
    )
    return ranges(bits, begin)


@pytest.mark.parametrize(
    ("zone", "first", "expected"),
    [
        (
            "America/New_York",
            date(2030, 3, 9),
            [("03-09T14:00", "03-09T17:00"), ("03-10T13:00", "03-10T16:00")],
        ),
        (
            "Europe/Berlin",
            date(2030, 3, 30),
            [("03-30T08:00", "03-30T11:00"), ("03-31T07:00", "03-31T10:00")],
        ),
        (
            "Australia/Lord_Howe",
            date(2030, 10, 5),
            [("10-04T22:30", "10-05T01:30"), ("10-05T22:00", "10-06T01:00")],
        ),
        ("Asia/Kolkata", date(2030, 3, 9), [("03-09T03:30", "03-09T06:30"), ("03-10T03:30", "03-10T06:30")]),
    ],
)
def test_nine_stays_nine_across_a_clock_change(
    zone: str, first: date, expected: list[tuple[str, str]]
) -> None:
    assert open_on(zone, "09:00", "12:00", first, 2) == expected


def test_hours_within_the_jump_are_none_and_hours_over_it_lose_it() -> None:
    spring = date(2030, 3, 10)
    assert open_on("America/New_York", "02:00", "03:00", spring, 1) == []
    assert open_on("America/New_York", "01:00", "04:00", spring, 1) == [("03-10T06:00", "03-10T08:00")]


def test_hours_from_a_time_that_exists_twice_begin_at_the_first() -> None:
    autumn = date(2030, 11, 3)
    assert open_on("America/New_York", "01:30", "03:00", autumn, 1) == [("11-03T05:30", "11-03T08:00")]


def test_hours_to_a_time_that_exists_twice_end_at_the_first_so_that_neighbours_meet() -> None:
    autumn = date(2030, 11, 3)
    assert open_on("America/New_York", "00:00", "01:30", autumn, 1) == [("11-03T04:00", "11-03T05:30")]
    assert open_on("America/New_York", "00:00", "06:00", autumn, 1) == [("11-03T04:00", "11-03T11:00")]


@given(st.sampled_from(ZONES), st.dates(date(2000, 1, 1), date(2037, 12, 31)))
def test_a_day_whose_clock_runs_evenly_needs_midnight_only(zone: ZoneInfo, day: date) -> None:
    begin, end = day_bounds(day, zone)
    quick = plain_day_start(day, zone)
    assert quick in (None, slot_of(begin))
    assert (quick is None) == (end - begin != timedelta(days=1))


def test_an_exception_holds_alone_on_its_days() -> None:
    rule = template(date(2030, 1, 1), None, *daily("09:00", "17:00"))
    exception = template(date(2030, 3, 12), date(2030, 3, 12), *daily("13:00", "15:00"))
    templates = replace_template((rule,), exception)
    first = slot_of(datetime(2030, 3, 11, tzinfo=UTC))
    bits = open_bits(templates, HERE, ZoneInfo("UTC"), lambda hours: True, first, first + 3 * 288)
    assert ranges(bits, first) == [
        ("03-11T09:00", "03-11T17:00"),
        ("03-12T13:00", "03-12T15:00"),
        ("03-13T09:00", "03-13T17:00"),
    ]
    assert replace_template(templates, template(date(2029, 1, 1), None)) == (
        template(date(2029, 1, 1), None),
    )


def test_every_other_week_counts_from_the_week_of_the_first_day() -> None:
    hours = WeeklyHours(day="MO", from_time="09:00", to_time="10:00", every_weeks=2)
    templates = (template(date(2030, 3, 6), None, hours),)  # a Wednesday: its week's Monday lies before it
    first = slot_of(datetime(2030, 3, 4, tzinfo=UTC))
    bits = open_bits(templates, HERE, ZoneInfo("UTC"), lambda hours: True, first, first + 28 * 288)
    assert ranges(bits, first) == [("03-18T09:00", "03-18T10:00")]


def test_hours_elsewhere_and_hours_kept_for_others_do_not_count() -> None:
    hours = WeeklyHours(day="MO", from_time="09:00", to_time="10:00", facility_id=THERE, visit_types=("new",))
    templates = (template(date(2030, 1, 1), None, hours),)
    first = slot_of(datetime(2030, 3, 4, tzinfo=UTC))

    def opened(facility: UUID, code: str) -> bool:
        zone, end = ZoneInfo("UTC"), first + 288
        return open_bits(templates, facility, zone, lambda hours: hours.serve(code), first, end) != 0

    assert opened(THERE, "new")
    assert not opened(HERE, "new")
    assert not opened(THERE, "old")


@settings(max_examples=50)
@given(
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.dates(date(2029, 12, 1), date(2031, 1, 31)),
    st.integers(0, 286),
    st.integers(1, 287),
    st.integers(0, 400),
    st.integers(1, 400),
)
def test_any_window_shows_its_part_of_the_whole(
    zone: str, day: date, start: int, length: int, offset: int, width: int
) -> None:
    end = min(start + length, 288)
    hours = daily(f"{start // 12:02}:{start % 12 * 5:02}", f"{end // 12:02}:{end % 12 * 5:02}")
    templates = (template(day, day + timedelta(days=3), *hours),)
    first = slot_of(datetime(day.year, day.month, day.day, tzinfo=UTC)) - 300

    def bits(begin: int, finish: int) -> int:
        return open_bits(templates, HERE, ZoneInfo(zone), lambda hours: True, begin, finish)

    whole = bits(first, first + 5 * 288 + 600)
    assert bits(first + offset, first + offset + width) == whole >> offset & (1 << width) - 1
