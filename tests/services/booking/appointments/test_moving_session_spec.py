"""A group visit that moves: everybody in it, or nobody."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from backbone.store.decision import Accepted, Decision, Refused
from services.booking.appointments.booking import book
from services.booking.appointments.group_visit import session_id
from services.booking.appointments.moving_session import move_session
from services.booking.events.appointments import AppointmentBooked, AppointmentRescheduled
from tests.services.booking.clinic import NOW, Clinic, asking, at, given, the
from tests.services.booking.memory import MemoryStore
from tests.services.booking.requests import holding, seated
from tests.services.booking.story import Story, a_class

HERE = at(10)
LONG_BEFORE = NOW.astimezone(UTC)


def of(clinic: Clinic) -> Any:
    return session_id(clinic.visit("class", HERE, "Adams"))


def moving(when: datetime, *names: str, **more: Any) -> Callable[[Clinic], Decision]:
    def decide(clinic: Clinic) -> Decision:
        visit = clinic.visit("class", when, *(names or ("Adams",)))
        session = clinic.session_of(of(clinic))
        return move_session(asking(), session, visit, clinic.patients, clinic.setup, "flood", **more)

    return decide


def two_seated() -> Story:
    story = a_class()
    return story.add(seated("a", "Ann")(story.clinic)).add(seated("b", "Bob")(story.clinic))


def kept() -> MemoryStore:
    """The same, where claims are kept."""
    store = MemoryStore(a_class().events, LONG_BEFORE)
    for name, who in (("a", "Ann"), ("b", "Bob")):
        assert isinstance(store.submit(seated(name, who)(store.clinic), LONG_BEFORE), Accepted)
    return store


def test_it_moves_with_its_seats_and_all_stay_the_same_appointments() -> None:
    story = two_seated()
    decided = given(story.events).when(moving(at(14)))
    decided.then(AppointmentRescheduled, AppointmentRescheduled, AppointmentRescheduled, starts_at=at(14))
    session = of(story.clinic)
    assert [event.originator_id for event in decided.decision.events] == [session, the("a"), the("b")]
    assert decided.decision.answer["appointment_id"] == session
    story.add(decided.decision)
    assert {seat.session_id for seat in story.clinic.session_of(session).seats} == {session}
    given(story.events).when(moving(at(14))).then_nothing()


def test_who_comes_later_joins_it_where_it_is_and_where_it_was_another_may_open() -> None:
    story = a_class().patient("Carol")
    story.add(seated("a", "Ann")(story.clinic))
    old = of(story.clinic)
    story.add(moving(at(14))(story.clinic))
    joined = given(story.events).when(seated("b", "Bob", at(14))).then(AppointmentBooked, session_id=old)
    story.add(joined.decision)
    opened = given(story.events).when(seated("c", "Carol")).then(AppointmentBooked, AppointmentBooked)
    other = opened.decision.events[0]
    assert isinstance(other, AppointmentBooked)
    assert other.session_id != old


def test_over_its_own_time_it_moves_like_any_visit_and_gives_up_the_rest() -> None:
    store = kept()
    moved = store.submit(moving(at(10, 30))(store.clinic), LONG_BEFORE)
    assert isinstance(moved, Accepted)
    freed = store.clinic.visit("check-up", at(10), "Adams")
    ann = store.clinic.patients[the("Ann")]
    taken = store.submit(book(asking(), the("x"), freed, ann, store.clinic.setup), LONG_BEFORE)
    assert isinstance(taken, Accepted)


def test_every_conflict_of_everybody_is_told_and_nobody_moves() -> None:
    store = kept()
    for name, who, with_whom, when in (("x", "Ann", "Baker", at(14)), ("y", "Bob", "Adams", at(13, 30))):
        clinic = store.clinic
        visit = clinic.visit("check-up", when, with_whom)
        booked = book(asking(), the(name), visit, clinic.patients[the(who)], clinic.setup)
        assert isinstance(store.submit(booked, LONG_BEFORE), Accepted)
    before = store.taken()
    refused = store.submit(moving(at(13, 30))(store.clinic), LONG_BEFORE)
    assert isinstance(refused, Refused)
    assert sorted(conflict.kind for conflict in refused.conflicts) == ["patient", "patient", "provider"]
    assert store.taken() == before


def test_who_is_only_held_keeps_all_of_it_where_it_is() -> None:
    story = a_class()
    story.add(seated("a", "Ann")(story.clinic)).add(holding("b", "Bob", "class")(story.clinic))
    given(story.events).when(moving(at(14))).then_refused("wrong-status")


def test_the_hours_where_it_goes_are_asked_for() -> None:
    given(two_seated().events).when(moving(at(18))).then_conflicts("template")
