"""What happens to a visit that stands: confirmed, prepared, corrected, called off."""

from typing import Any

from backbone.store.decision import Decision
from services.booking.appointments.changing import (
    cancel,
    change_details,
    confirm,
    confirm_preparation,
    enter_in_error,
)
from services.booking.appointments.holding import hold_expired, release_hold
from services.booking.events.appointments import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentDetailsChanged,
    AppointmentEnteredInError,
    Before,
    PreparationConfirmed,
)
from tests.services.booking.clinic import Clinic, asking, at, given, seal, the
from tests.services.booking.requests import VISIT, booked, booking, holding, moving, taking_up
from tests.services.booking.story import a_clinic


def test_a_cancelled_visit_frees_everything_once() -> None:
    story = booked(a_clinic(), "scan", at(10), "Baker", "Room 1", "Scanner")

    def call_off(clinic: Clinic) -> Decision:
        return cancel(
            asking()._replace(by="patient"), clinic.appointments[VISIT], clinic.setup, "feels-better"
        )

    decided = given(story.events).when(call_off)
    decided.then(AppointmentCancelled, by="patient", reason_code="feels-better", status="cancelled")
    taken = {
        claim.resource_id
        for claim in booking("scan", at(10), "Baker", "Room 1", "Scanner")(story.clinic).claims
    }
    assert taken <= {release.resource_id for release in decided.decision.releases}
    story.add(decided.decision)
    given(story.events).when(call_off).then_nothing()
    given(story.events).when(moving(at(11), "Baker", "Room 1", "Scanner")).then_refused("wrong-status")
    given(story.events).when(lambda c: confirm(asking(), c.appointments[VISIT])).then_refused("wrong-status")


def test_confirmed_once() -> None:
    story = booked(a_clinic(), "check-up", at(10), "Adams")

    def attend(clinic: Clinic) -> Decision:
        return confirm(asking()._replace(by="patient"), clinic.appointments[VISIT])

    given(story.events).when(attend).then(AppointmentConfirmed, status="confirmed", by="patient")
    story.add(attend(story.clinic))
    given(story.events).when(attend).then_nothing()


def test_what_was_only_held_was_never_entered() -> None:
    story = a_clinic()
    story.add(holding("h", "Ann")(story.clinic))

    def in_error(clinic: Clinic) -> Decision:
        return enter_in_error(asking(), clinic.appointments[the("h")], clinic.setup, "wrong-patient")

    lost = hold_expired(story.clinic.appointments[the("h")], asking().now)
    given(story.events, [lost]).when(in_error).then_refused("wrong-status")
    back = release_hold(asking(), story.clinic.appointments[the("h")], story.clinic.setup)
    given(story.events, back.events).when(in_error).then_refused("wrong-status")
    given(story.events, taking_up("h", "Ann")(story.clinic).events).when(in_error).then(
        AppointmentEnteredInError, status="entered-in-error"
    )


def test_entered_in_error_frees_the_time_and_keeps_the_history() -> None:
    story = booked(a_clinic(), "check-up", at(10), "Adams")

    def strike(clinic: Clinic) -> Decision:
        return enter_in_error(asking(), clinic.appointments[VISIT], clinic.setup, "wrong-patient")

    decided = given(story.events).when(strike).then(AppointmentEnteredInError, status="entered-in-error")
    assert decided.decision.releases
    story.add(decided.decision)
    given(story.events).when(strike).then_nothing()


def test_details_change() -> None:
    story = booked(a_clinic(), "check-up", at(10), "Adams")
    reason = seal("fever", stream=VISIT, version=2, path="reason")
    given(story.events).when(
        lambda c: change_details(asking(), c.appointments[VISIT], reason, "urgent")
    ).then(AppointmentDetailsChanged, reason=reason, priority="urgent", before=Before(priority="routine"))
    given(story.events).when(lambda c: change_details(asking(), c.appointments[VISIT])).then_nothing()


def test_preparation_is_due_before_the_visit_and_confirmed_item_by_item() -> None:
    story = a_clinic().visit_type(
        "bloods",
        15,
        preparation=[{"text": "Fast", "deadline_hours": 8}, {"text": "Bring papers", "deadline_hours": 1}],
    )
    booked(story, "bloods", at(10), "Adams")
    items = story.clinic.appointments[VISIT].preparation
    assert [item.due_at for item in items] == [at(2), at(9)]

    def prepared(*texts: str) -> Any:
        return lambda c: confirm_preparation(asking(), c.appointments[VISIT], texts or None)

    given(story.events).when(prepared("Sing")).then_refused("invalid")
    story.add(given(story.events).when(prepared("Fast")).then(PreparationConfirmed, items=("Fast",)).decision)
    given(story.events).when(prepared("Fast")).then_nothing()
    given(story.events).when(prepared()).then(PreparationConfirmed, items=("Bring papers",))
