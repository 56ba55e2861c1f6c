"""The day's script: read whole, anchored to real days, in an order that respects what depends on what."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cli.demo import calls as of
from cli.demo.anchor import Anchor, next_monday
from cli.demo.player import HANDLERS
from cli.demo.script import parse_calls, waits_for
from examples.generate import FOLDER, SEED, generate


def test_every_call_of_the_example_is_understood_and_has_a_handler() -> None:
    day = parse_calls((FOLDER / "calls.ndjson").read_bytes())
    assert {type(call) for call in day} == set(HANDLERS)


def test_a_call_waits_for_the_last_one_about_the_same_thing() -> None:
    day = [
        of.Confirm(at="1", call="confirm", appointment="a"),
        of.Confirm(at="2", call="confirm", appointment="b"),
        of.Cancel(at="3", call="cancel", appointment="a", by="patient", reason_code="cost"),
    ]
    assert waits_for(day) == [frozenset(), frozenset(), frozenset({0})]


def test_moving_the_affected_waits_for_all_and_all_wait_for_it() -> None:
    day = [
        of.Confirm(at="1", call="confirm", appointment="a"),
        of.MoveAffected(at="2", call="move-affected", absence="x", reason_code="other"),
        of.Confirm(at="3", call="confirm", appointment="b"),
    ]
    assert waits_for(day) == [frozenset(), frozenset({0}), frozenset({1})]


def test_nobody_waits_for_a_later_call() -> None:
    day = parse_calls(generate(SEED)["calls.ndjson"])
    assert all(earlier < number for number, before in enumerate(waits_for(day)) for earlier in before)


@pytest.mark.parametrize("days", range(14))
def test_day_zero_is_a_monday_that_lies_ahead_in_every_zone(days: int) -> None:
    now = datetime(2030, 3, 1, 23, tzinfo=UTC) + timedelta(days=days)
    monday = next_monday(now)
    assert monday.weekday() == 0
    assert timedelta(days=2) < datetime(*monday.timetuple()[:3], tzinfo=UTC) - now < timedelta(days=10)


def test_a_wall_clock_time_keeps_its_hour_across_a_clock_change() -> None:
    anchor = Anchor(date(2030, 3, 4))
    before, after = (anchor.instant(day, "09:00", "America/Chicago") for day in (0, 7))
    assert (before.isoformat(), after.isoformat()) == (
        "2030-03-04T09:00:00-06:00",
        "2030-03-11T09:00:00-05:00",
    )
    assert anchor.instant(0, "24:00", "America/Chicago") == anchor.instant(1, "00:00", "America/Chicago")
