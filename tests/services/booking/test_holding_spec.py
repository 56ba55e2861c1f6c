"""Holds, and the seats of group visits."""

from datetime import UTC, datetime, timedelta
from typing import Any

from backbone.store.decision import Decision
from services.booking.appointments.booking import book, reschedule
from services.booking.appointments.changing import cancel, cancel_session
from services.booking.appointments.group_visit import seats_resource, session_id
from services.booking.appointments.holding import book_hold, hold, hold_expired, release_hold
from services.booking.events.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    HoldExpired,
    HoldReleased,
    SlotHeld,
)
from tests.services.booking.clinic import LATER, NOW, Clinic, asking, at, given, the
from tests.services.booking.story import Story, a_clinic

FIVE = timedelta(minutes=5)
TEN = at(10)


def holding(name: str, patient: str | None, visit_type: str = "check-up", when: datetime = TEN) -> Any:
    def decide(clinic: Clinic) -> Decision:
        visit = clinic.visit(visit_type, when, "Adams")
        session = clinic.session(visit) if visit.visit_type.seats else None
        whom = clinic.patients[the(patient)] if patient else None
        return hold(asking(), the(name), visit, whom, FIVE, clinic.setup, session)

    return decide


def taking_up(name: str, patient: str, now: datetime = NOW) -> Any:
    def decide(clinic: Clinic) -> Decision:
        held = clinic.appointments[the(name)]
        session = clinic.session_of(held.session_id) if held.session_id else None
        return book_hold(asking(now), held, clinic.patients[the(patient)], clinic.setup, session=session)

    return decide


def seated(name: str, patient: str, when: datetime = TEN) -> Any:
    def decide(clinic: Clinic) -> Decision:
        visit = clinic.visit("class", when, "Adams")
        patient_ = clinic.patients[the(patient)]
        return book(asking(), the(name), visit, patient_, clinic.setup, session=clinic.session(visit))

    return decide


def leaving(name: str) -> Any:
    def decide(clinic: Clinic) -> Decision:
        was = clinic.appointments[the(name)]
        assert was.session_id
        return cancel(asking(), was, clinic.setup, "ill", session=clinic.session_of(was.session_id))

    return decide


def a_class() -> Story:
    return a_clinic().visit_type("class", 60, seats=2)


def test_a_hold_takes_the_time_until_it_expires() -> None:
    decided = given(a_clinic().events).when(holding("h", "Ann"))
    until = (NOW + FIVE).astimezone(UTC)
    decided.then(SlotHeld, status="held", expires_at=until)
    assert {claim.expires_at for claim in decided.decision.claims} == {until}


def test_a_hold_is_booked_for_good() -> None:
    story = a_clinic()
    story.add(holding("h", None)(story.clinic))
    decided = given(story.events).when(taking_up("h", "Ann"))
    decided.then(
        AppointmentBooked, status="booked", expires_at=None, patient_id=the("Ann"), originator_version=2
    )
    assert {(claim.kind, claim.expires_at) for claim in decided.decision.claims} == {
        ("provider", None),
        ("patient", None),
    }


def test_a_hold_for_somebody_else_or_run_out_is_not_booked() -> None:
    story = a_clinic()
    story.add(holding("h", "Ann")(story.clinic))
    given(story.events).when(taking_up("h", "Bob")).then_refused("invalid")
    given(story.events).when(taking_up("h", "Ann", NOW + FIVE)).then_refused("hold-expired")
    story.events.append(hold_expired(story.clinic.appointments[the("h")], (NOW + FIVE).astimezone(UTC)))
    assert isinstance(story.events[-1], HoldExpired)
    assert story.clinic.appointments[the("h")].status == "cancelled"
    given(story.events).when(taking_up("h", "Ann")).then_refused("hold-expired")


def test_what_has_come_since_it_was_held_is_told_when_it_is_booked() -> None:
    story = a_clinic()
    story.add(holding("h", "Ann")(story.clinic)).away("Adams", at(9), at(12))
    assert not story.clinic.tasks, "it may never be booked"
    given(story.events).when(taking_up("h", "Ann")).then_conflicts("absence")
    story = a_clinic()
    story.add(holding("h", "Ann")(story.clinic)).hours("Adams", "13:00", "17:00")
    decided = given(story.events).when(taking_up("h", "Ann")).then_conflicts("template")
    assert decided.decision.reads[the("Adams")] == story.clinic.setup.resources[the("Adams")].version


def test_a_hold_is_given_back_once_and_a_booking_is_none() -> None:
    story = a_clinic()
    story.add(holding("h", "Ann")(story.clinic))

    def giving_back(clinic: Clinic) -> Decision:
        return release_hold(asking(), clinic.appointments[the("h")], clinic.setup)

    decided = given(story.events).when(giving_back).then(HoldReleased, status="cancelled")
    assert decided.decision.releases
    given(story.events, decided.decision.events).when(giving_back).then_nothing()
    story.add(taking_up("h", "Ann")(story.clinic))
    given(story.events).when(giving_back).then_refused("wrong-status")


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
