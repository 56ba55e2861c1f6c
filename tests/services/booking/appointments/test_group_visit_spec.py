"""Group visits: a session, and the seats in it."""

from typing import Any

from backbone.store.decision import Decision
from services.booking.appointments.booking import reschedule
from services.booking.appointments.changing import cancel, cancel_session
from services.booking.appointments.group_visit import seats_resource, session_id
from services.booking.events.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    SlotHeld,
)
from tests.services.booking.clinic import LATER, Clinic, asking, at, given, the
from tests.services.booking.requests import holding, seated, taking_up
from tests.services.booking.story import a_class


def leaving(name: str) -> Any:
    def decide(clinic: Clinic) -> Decision:
        was = clinic.appointments[the(name)]
        assert was.session_id
        return cancel(asking(), was, clinic.setup, "ill", session=clinic.session_of(was.session_id))

    return decide


def test_the_first_seat_opens_the_session_and_the_next_joins() -> None:
    story = a_class()
    session = session_id(story.clinic.visit("class", at(10), "Adams"))
    first = given(story.events).when(seated("a", "Ann"))
    first.then(AppointmentBooked, AppointmentBooked, session_id=session, seats=None)
    opened = first.decision.events[1]
    assert isinstance(opened, AppointmentBooked)
    assert (opened.appointment_id, opened.seats, opened.patient_id) == (session, 2, None)
    owners = {(claim.kind, claim.owner) for claim in first.decision.claims}
    assert owners == {("provider", session), ("seat", the("a")), ("patient", the("a"))}
    story.add(first.decision)
    second = given(story.events).when(seated("b", "Bob")).then(AppointmentBooked)
    assert {claim.kind for claim in second.decision.claims} == {"seat", "patient"}
    assert second.decision.reads[session] == 1


def test_the_last_to_leave_closes_the_session_and_sees_all_others() -> None:
    story = a_class()
    story.add(seated("a", "Ann")(story.clinic)).add(seated("b", "Bob")(story.clinic))
    session = story.clinic.appointments[the("a")].session_id
    assert session
    decided = given(story.events).when(leaving("a")).then(AppointmentCancelled)
    (guard,) = decided.decision.occupied
    assert guard.resource_id == seats_resource(session)
    assert guard.owners == frozenset({the("a"), the("b")})
    story.add(decided.decision)
    last = given(story.events).when(leaving("b")).then(AppointmentCancelled, AppointmentCancelled)
    assert the("Adams") in {release.resource_id for release in last.decision.releases}
    story.add(last.decision)
    given(story.events).when(seated("c", "Ann")).then(AppointmentBooked, AppointmentBooked)


def test_a_session_of_held_seats_is_held_as_long_as_the_last_of_them() -> None:
    story = a_class()
    decided = given(story.events).when(holding("a", "Ann", "class")).then(SlotHeld, SlotHeld)
    assert all(claim.expires_at for claim in decided.decision.claims)
    story.add(decided.decision)
    decided = given(story.events).when(taking_up("a", "Ann")).then(AppointmentBooked, AppointmentBooked)
    assert not any(claim.expires_at for claim in decided.decision.claims)
    story.add(decided.decision).add(holding("b", "Bob", "class")(story.clinic))
    decided = given(story.events).when(leaving("a")).then(AppointmentCancelled, SlotHeld)
    held = decided.decision.events[1]
    assert isinstance(held, SlotHeld)
    assert held.expires_at == story.clinic.appointments[the("b")].expires_at


def test_a_seat_moves_to_another_session() -> None:
    story = a_class()
    story.add(seated("a", "Ann")(story.clinic))

    def moving(clinic: Clinic) -> Decision:
        was = clinic.appointments[the("a")]
        assert was.session_id
        visit = clinic.visit("class", at(14), "Adams")
        return reschedule(
            asking(), was, visit, clinic.patients[the("Ann")], clinic.setup,
            session=clinic.session(visit), old_session=clinic.session_of(was.session_id),
        )  # fmt: skip

    given(story.events).when(moving).then(AppointmentRescheduled, AppointmentBooked, AppointmentCancelled)


def test_a_session_that_is_called_off_takes_its_seats_along() -> None:
    story = a_class()
    story.add(seated("a", "Ann")(story.clinic)).add(holding("b", "Bob", "class")(story.clinic))
    session = story.clinic.appointments[the("a")].session_id
    assert session

    def calling_off(clinic: Clinic) -> Decision:
        return cancel_session(asking(), clinic.session_of(session), clinic.setup, "teacher-ill")

    decided = given(story.events).when(calling_off)
    decided.then(AppointmentCancelled, AppointmentCancelled, AppointmentCancelled, appointment_id=session)
    assert {event.originator_id for event in decided.decision.events} == {session, the("a"), the("b")}
    given(story.events, decided.decision.events).when(calling_off).then_nothing()


def test_a_seat_in_a_standing_session_does_not_ask_for_its_hours_again() -> None:
    story = a_class()
    story.add(seated("a", "Ann")(story.clinic))
    story.hours("Adams", "13:00", "17:00")
    given(story.events).when(seated("b", "Bob")).then(AppointmentBooked)
    given(story.events).when(seated("b", "Bob", at(10) + LATER)).then_conflicts("template")
