"""Holds: time taken for a while."""

from datetime import UTC

from backbone.store.decision import Decision
from services.booking.appointments.holding import hold_expired, release_hold
from services.booking.events.appointments import (
    AppointmentBooked,
    HoldExpired,
    HoldReleased,
    SlotHeld,
)
from tests.services.booking.clinic import NOW, Clinic, asking, at, given, the
from tests.services.booking.requests import HELD_FOR, holding, taking_up
from tests.services.booking.story import a_clinic


def test_a_hold_takes_the_time_until_it_expires() -> None:
    decided = given(a_clinic().events).when(holding("h", "Ann"))
    until = (NOW + HELD_FOR).astimezone(UTC)
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
    given(story.events).when(taking_up("h", "Ann", NOW + HELD_FOR)).then_refused("hold-expired")
    story.events.append(hold_expired(story.clinic.appointments[the("h")], (NOW + HELD_FOR).astimezone(UTC)))
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
