"""Specs of one provider's delay: given what happened, when this is asked, then that follows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backbone.store.decision import Refusal
from services.patient_flow.delay import NOTHING_TO_CLEAR, Delay, clear, evolve, replay, report
from services.patient_flow.events import DelayEvent, ProviderDelayCleared, ProviderDelayReported
from services.patient_flow.values import MAX_DELAY_MINUTES, ClinicDay, DelayReason

CHAN = UUID("01900000-0000-7000-8000-000000000001")
CLINIC = UUID("01900000-0000-7000-8000-000000000002")
NINE = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""09:00 in New York on 2 March 2026."""


Ask = Callable[[Delay], DelayEvent | Refusal]


def reporting(minutes: int, at: datetime = NINE, reason: DelayReason | None = None) -> Ask:
    return lambda state: report(state, minutes, at, ClinicDay.around(at, CLINIC, "America/New_York"), reason)


def clearing(at: datetime = NINE) -> Ask:
    return lambda state: clear(state, at)


def given_events(*asked: Ask) -> tuple[Delay, list[DelayEvent]]:
    """The state and events after these were asked and done."""
    state, events = Delay(CHAN), list[DelayEvent]()
    for ask in asked:
        event = ask(state)
        assert not isinstance(event, Refusal), event
        events.append(event)
        state = evolve(state, event)
    return state, events


def test_a_report_belongs_to_the_facilitys_local_day() -> None:
    late_evening = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)
    assert reporting(30, late_evening)(Delay(CHAN)) == ProviderDelayReported(
        originator_id=CHAN,
        originator_version=1,
        timestamp=late_evening,
        facility_id=CLINIC,
        day=date(2026, 3, 2),
        minutes=30,
        valid_until=datetime(2026, 3, 3, 5, tzinfo=UTC),
    )


def test_a_new_report_replaces_the_older() -> None:
    state, events = given_events(
        reporting(20), reporting(45, NINE + timedelta(hours=1), DelayReason.EMERGENCY)
    )
    standing = state.standing(NINE + timedelta(hours=2))
    assert standing is not None
    assert (standing.minutes, standing.reason_code) == (45, "emergency")
    assert [event.originator_version for event in events] == [1, 2]


def test_clearing_ends_it_and_names_the_day() -> None:
    state, events = given_events(reporting(20), clearing(NINE + timedelta(hours=1)))
    assert isinstance(events[-1], ProviderDelayCleared)
    assert events[-1].day == date(2026, 3, 2)
    assert state.standing(NINE + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("before", "at"),
    [
        ((), NINE),
        ((reporting(20), clearing()), NINE),
        ((reporting(20),), NINE + timedelta(days=1)),
    ],
    ids=["never reported", "cleared already", "reported yesterday"],
)
def test_clearing_nothing_is_refused_clearly(before: tuple[Ask, ...], at: datetime) -> None:
    state, _ = given_events(*before)
    assert clearing(at)(state) == NOTHING_TO_CLEAR


def test_a_delay_does_not_leak_into_tomorrow() -> None:
    state, _ = given_events(reporting(20))
    midnight = datetime(2026, 3, 3, 5, tzinfo=UTC)
    assert state.standing(midnight - timedelta(microseconds=1)) is not None
    assert state.standing(midnight) is None


@pytest.mark.parametrize("minutes", [0, -5, MAX_DELAY_MINUTES + 1])
def test_minutes_are_bounded_in_the_event_itself(minutes: int) -> None:
    with pytest.raises(ValidationError):
        reporting(minutes)(Delay(CHAN))


@given(st.lists(st.one_of(st.integers(1, MAX_DELAY_MINUTES), st.none()), max_size=20))
def test_a_replay_gives_the_same_state_and_versions_have_no_gaps(asked: list[int | None]) -> None:
    """None clears; a clearing of nothing leaves no event."""
    state, events = Delay(CHAN), list[DelayEvent]()
    for number, minutes in enumerate(asked):
        at = NINE + timedelta(minutes=number)
        event = (clearing(at) if minutes is None else reporting(minutes, at))(state)
        if isinstance(event, Refusal):
            continue
        state = evolve(state, event)
        events.append(event)
    assert replay(CHAN, events) == state
    assert [event.originator_version for event in events] == list(range(1, len(events) + 1))


@pytest.mark.parametrize(
    ("zone", "at", "day", "ends_at"),
    [
        ("Europe/Berlin", "2026-03-29T10:00+00:00", "2026-03-29", "2026-03-29T22:00+00:00"),
        ("Europe/Berlin", "2026-10-25T10:00+00:00", "2026-10-25", "2026-10-25T23:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-04T20:00+00:00", "2026-04-05", "2026-04-05T13:30+00:00"),
        ("Africa/Cairo", "2026-04-23T12:00+00:00", "2026-04-23", "2026-04-23T22:00+00:00"),
    ],
    ids=["23 hours", "25 hours", "half an hour", "midnight does not exist"],
)
def test_a_clinics_day_ends_at_its_own_midnight(zone: str, at: str, day: str, ends_at: str) -> None:
    clinic = ClinicDay.around(datetime.fromisoformat(at), CLINIC, zone)
    assert (clinic.day.isoformat(), clinic.ends_at.isoformat(timespec="minutes")) == (day, ends_at)
