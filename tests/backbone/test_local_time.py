"""A wall clock time becomes an instant on purpose, whatever the clocks do that day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.local_time import day_bounds, instant_of, local_day, missing_wall_clock, wall_clock

ZONES = [
    ZoneInfo(name)
    for name in (
        "America/New_York",
        "Europe/Berlin",
        "Australia/Lord_Howe",  # by half an hour
        "Asia/Kolkata",  # never
        "Africa/Cairo",  # at midnight
        "Asia/Beirut",
    )
]


@pytest.mark.parametrize(
    ("zone", "day", "minute", "instant"),
    [
        # Does not exist: the instant of the jump.
        ("America/New_York", date(2030, 3, 10), 2 * 60, "2030-03-10T07:00Z"),
        ("America/New_York", date(2030, 3, 10), 2 * 60 + 30, "2030-03-10T07:00Z"),
        ("America/New_York", date(2030, 3, 10), 3 * 60, "2030-03-10T07:00Z"),
        ("Europe/Berlin", date(2030, 3, 31), 2 * 60 + 30, "2030-03-31T01:00Z"),
        ("Australia/Lord_Howe", date(2030, 10, 6), 2 * 60 + 10, "2030-10-05T15:30Z"),
        ("Africa/Cairo", date(2026, 4, 24), 0, "2026-04-23T22:00Z"),
        ("Africa/Cairo", date(2026, 4, 23), 24 * 60, "2026-04-23T22:00Z"),
        # Exists twice: the first.
        ("America/New_York", date(2030, 11, 3), 60 + 30, "2030-11-03T05:30Z"),
        ("Europe/Berlin", date(2030, 10, 27), 2 * 60 + 30, "2030-10-27T00:30Z"),
        ("Australia/Lord_Howe", date(2030, 4, 7), 60 + 45, "2030-04-06T14:45Z"),
        # 09:00 stays 09:00 on both sides.
        ("America/New_York", date(2030, 3, 9), 9 * 60, "2030-03-09T14:00Z"),
        ("America/New_York", date(2030, 3, 10), 9 * 60, "2030-03-10T13:00Z"),
        ("Asia/Kolkata", date(2030, 3, 10), 9 * 60, "2030-03-10T03:30Z"),
    ],
)
def test_wall_clock_times(zone: str, day: date, minute: int, instant: str) -> None:
    assert instant_of(day, minute, ZoneInfo(zone)) == datetime.fromisoformat(instant)


@given(
    st.sampled_from(ZONES),
    st.dates(date(2000, 1, 1), date(2037, 12, 31)),
    st.integers(0, 287),
    st.integers(0, 287),
)
def test_time_never_runs_backwards(zone: ZoneInfo, day: date, one: int, other: int) -> None:
    first, last = sorted((one * 5, other * 5))
    assert instant_of(day, first, zone) <= instant_of(day, last, zone)


@given(st.sampled_from(ZONES), st.dates(date(2000, 1, 1), date(2037, 12, 31)))
def test_days_follow_each_other_without_gap(zone: ZoneInfo, day: date) -> None:
    begin, end = day_bounds(day, zone)
    assert end == day_bounds(day + timedelta(days=1), zone)[0]
    assert timedelta(hours=23) <= end - begin <= timedelta(hours=25)
    assert local_day(begin, zone) == day == local_day(end - timedelta(minutes=1), zone)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2030, 3, 10), 23),
        ("America/New_York", date(2030, 11, 3), 25),
        ("Europe/Berlin", date(2030, 3, 31), 23),
        ("Europe/Berlin", date(2030, 10, 27), 25),
        ("Australia/Lord_Howe", date(2030, 10, 6), 23.5),
        ("Australia/Lord_Howe", date(2030, 4, 7), 24.5),
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("Asia/Kolkata", date(2030, 3, 10), 24),
    ],
)
def test_how_long_a_day_lasts(zone: str, day: date, hours: float) -> None:
    begin, end = day_bounds(day, ZoneInfo(zone))
    assert end - begin == timedelta(hours=hours)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)),
)
def test_no_real_time_of_a_clinic_is_missing(zone: ZoneInfo, moment: datetime) -> None:
    local = moment.astimezone(zone)
    assert not missing_wall_clock(local, zone)
    assert wall_clock(moment, zone) == local.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("2030-03-10T02:30:00-05:00", True),
        ("2030-03-10T02:30:00-04:00", True),
        ("2030-03-10T03:00:00-04:00", False),
        ("2030-03-10T01:55:00-05:00", False),
        ("2030-03-10T02:30:00Z", False),
        ("2030-11-03T01:30:00-04:00", False),
        ("2030-11-03T01:30:00-05:00", False),
    ],
)
def test_a_request_for_a_time_that_the_clock_jumps_over(text: str, missing: bool) -> None:
    assert missing_wall_clock(datetime.fromisoformat(text), ZoneInfo("America/New_York")) is missing


def test_an_hour_that_exists_twice_is_another_elsewhere_the_second_time() -> None:
    first = datetime(2030, 11, 3, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    utc = ZoneInfo("UTC")
    shown = [wall_clock(moment, utc) for moment in (first, first.replace(fold=1), first)]
    assert shown == ["2030-11-03T05:30", "2030-11-03T06:30", "2030-11-03T05:30"]
