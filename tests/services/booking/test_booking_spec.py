"""Booking and moving visits: what the rules say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backbone.store.decision import Decision, Refusal
from services.booking.booking import book, reschedule
from services.booking.changing import (
    cancel,
    change_details,
    confirm,
    confirm_preparation,
    enter_in_error,
)
from services.booking.commands.appointments import OverrideWanted, ResourceWanted
from services.booking.events.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentDetailsChanged,
    AppointmentEnteredInError,
    AppointmentRescheduled,
    Before,
    PreparationConfirmed,
)
from services.booking.slots import slot_of
from services.booking.visit import Visit
from tests.services.booking.clinic import (
    NOW,
    Clinic,
    Story,
    a_clinic,
    asking,
    at,
    events_of,
    given,
    seal,
    the,
)

VISIT = the("visit")


def booking(
    visit_type: str, when: datetime, *names: str, patient: str = "Ann", now: datetime = NOW, **more: Any
) -> Any:
    """When somebody books."""
    role = more.pop("role", "scheduler")

    def decide(clinic: Clinic) -> Decision:
        visit = clinic.visit(visit_type, when, *names, now=now)
        whom = clinic.patients[the(patient)]
        return book(asking(now, role), VISIT, visit, whom, clinic.setup, **more)

    return decide


def moving(when: datetime, *names: str, **more: Any) -> Any:
    """When the visit is to be moved."""

    def decide(clinic: Clinic) -> Decision:
        was = clinic.appointments[VISIT]
        assert was.patient_id
        patient = clinic.patients[was.patient_id]
        visit = clinic.visit(was.visit_type, when, *names)
        return reschedule(asking(), was, visit, patient, clinic.setup, **more)

    return decide


def booked(story: Story, *args: Any, **more: Any) -> Story:
    return story.add(booking(*args, **more)(story.clinic))


def override(*of: Any) -> OverrideWanted:
    return OverrideWanted(of=of, reason_code="emergency")


def test_a_visit_is_booked_with_all_that_it_takes() -> None:
    decided = given(a_clinic().events).when(booking("scan", at(10), "Baker", "Room 1", "Scanner"))
    decided.then(
        AppointmentBooked,
        status="booked",
        patient_id=the("Ann"),
        starts_at=at(10),
        ends_at=at(10, 45),
        local_start="2030-03-11T10:00",
        time_zone="America/New_York",
        resource_ids=(the("Baker"), the("Room 1"), the("Scanner")),
        by="clinic",
    )
    taken = {
        (c.kind, c.first_slot - slot_of(at(10)), c.end_slot - slot_of(at(10)))
        for c in decided.decision.claims
    }
    assert taken == {("provider", 3, 11), ("room", 0, 11), ("device", 0, 8), ("patient", 0, 9)}
    assert decided.decision.answer["status"] == "booked"


def test_the_reason_is_carried_sealed() -> None:
    reason = seal("cough", stream=VISIT, version=1, path="reason")
    decided = given(a_clinic().events).when(booking("check-up", at(10), "Adams", reason=reason))
    decided.then(AppointmentBooked, reason=reason)
    assert b"cough" not in decided.decision.events[0].model_dump_json().encode()


def test_every_rule_that_objects_is_told() -> None:
    story = a_clinic().visit_type("late", 30, lead_minutes=60 * 24 * 14)
    story.away("Adams", at(8, 30), at(9, 30))
    given(story.events).when(booking("late", at(8, 45), "Adams")).then_conflicts(
        "absence", "template", "lead-time"
    )


def test_an_absence_objects_for_the_time_that_it_shares() -> None:
    story = a_clinic().away("Adams", at(10, 15), at(12))
    (conflict,) = given(story.events).when(booking("check-up", at(10), "Adams")).conflicts
    assert (conflict.starts_at, conflict.ends_at, conflict.resource_id) == (
        at(10, 15),
        at(10, 30),
        the("Adams"),
    )


@pytest.mark.parametrize(
    ("of", "left"),
    [
        (("template",), ("absence", "lead-time")),
        (("template", "lead-time"), ("absence",)),
        (("taken", "daily-limit"), ("absence", "template", "lead-time")),
    ],
)
def test_rules_are_set_aside_by_name_and_an_absence_never(of: Any, left: Any) -> None:
    story = a_clinic().visit_type("late", 30, lead_minutes=60 * 24 * 14)
    story.away("Adams", at(8, 30), at(9, 30))
    given(story.events).when(booking("late", at(8, 45), "Adams", override=override(*of))).then_conflicts(
        *left
    )


def test_an_override_is_kept_and_overbooks_all_but_the_patient() -> None:
    decided = given(a_clinic().events).when(booking("check-up", at(10), "Adams", override=override("taken")))
    decided.then(AppointmentBooked)
    assert decided.decision.events[0].override.reason_code == "emergency"  # type: ignore[attr-defined]
    assert {claim.kind: claim.overbook for claim in decided.decision.claims} == {
        "provider": True,
        "patient": False,
    }


@pytest.mark.parametrize(
    ("role", "of", "allowed"),
    [
        ("scheduler", "taken", True),
        ("clinician", "template", True),
        ("front-desk", "taken", False),
        ("front-desk", "lead-time", True),
        ("patient", "lead-time", False),
    ],
)
def test_who_may_set_rules_aside(role: str, of: Any, allowed: bool) -> None:
    decided = given(a_clinic().events).when(
        booking("check-up", at(10), "Adams", role=role, override=override(of))
    )
    _ = decided.then(AppointmentBooked) if allowed else decided.then_refused("forbidden")


def test_the_daily_limit_is_a_count_of_the_local_day() -> None:
    story = a_clinic().visit_type("new", 30, daily_limit=2)
    claims = given(story.events).when(booking("new", at(16, 30), "Adams")).decision.claims
    (count,) = (claim for claim in claims if claim.kind == "daily-limit")
    assert (count.capacity, count.end_slot - count.first_slot) == (2, 1)
    assert count.first_slot == slot_of(datetime(2030, 3, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        (("Baker", "Room 1"), "invalid"),
        (("Adams", "Room 1", "Scanner"), "invalid"),
        (("Baker", "Room 1", "Scanner", "Baker"), "invalid"),
        (("Baker", "Room 1", "Nobody"), "not-found"),
    ],
)
def test_resources_must_answer_the_needs(names: tuple[str, ...], refusal: str) -> None:
    plan = a_clinic().clinic.plan("scan", at(10), *names)
    assert isinstance(plan, Refusal)
    assert plan.type == refusal


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at(10), at(10)),
        (at(10), at(10) + timedelta(hours=20)),
        (at(10, 1), None),
        (at(10), at(10, 31)),
        (at(11), at(10)),
        (NOW - timedelta(minutes=5), None),
        (NOW + timedelta(days=800), None),
        (datetime.fromisoformat("2030-03-10T02:30:00-05:00"), None),
        (at(10) + timedelta(seconds=1), None),
    ],
)
def test_times_that_are_none(start: datetime, end: datetime | None) -> None:
    plan = a_clinic().clinic.plan("check-up", start, "Adams", ends_at=end)
    assert isinstance(plan, Refusal)
    assert plan.type == "invalid"


def test_a_staggered_proposal_can_be_posted_as_it_is() -> None:
    clinic = a_clinic().clinic
    visit = clinic.visit("scan", at(10), "Baker", "Room 1", "Scanner")
    parts = [(part.resource_id, part.starts_at, part.ends_at) for part in visit.assigned]
    wanted = tuple(ResourceWanted(resource_id=r, starts_at=s, ends_at=e) for r, s, e in parts)
    assert clinic.visit("scan", at(10), resources=wanted) == visit
    late = (wanted[0].model_copy(update={"starts_at": at(10)}), *wanted[1:])
    assert isinstance(clinic.plan("scan", at(10), resources=late), Refusal)


def test_a_floating_provider_is_booked_where_the_hours_are_worked() -> None:
    story = a_clinic().facility("Branch", "America/Chicago")
    story.resource("Cole", "provider", "Main")
    story.hours("Cole", days=["MO"]).hours(
        "Cole",
        days=["MO"],
        effective_from=date(2030, 3, 11),
        effective_to=date(2030, 3, 11),
        facility_id=the("Branch"),
    )
    visit = story.clinic.visit("check-up", at(10), "Cole")
    assert (visit.facility.facility_id, visit.local_start) == (the("Branch"), "2030-03-11T09:00")


def test_moving_keeps_identity_and_frees_its_own_time() -> None:
    story = booked(a_clinic(), "check-up", at(10), "Adams")
    decided = given(story.events).when(moving(at(10, 15), "Adams", reason_code="traffic"))
    decided.then(
        AppointmentRescheduled,
        appointment_id=VISIT,
        originator_version=2,
        starts_at=at(10, 15),
        before=Before(
            status="booked",
            starts_at=at(10).astimezone(UTC),
            ends_at=at(10, 30).astimezone(UTC),
            facility_id=the("Main"),
            resource_ids=(the("Adams"),),
        ),
        reason_code="traffic",
    )
    released = {(r.resource_id, r.first_slot, r.end_slot) for r in decided.decision.releases}
    assert (the("Adams"), slot_of(at(10)), slot_of(at(10, 30))) in released
    assert (the("Ann"), slot_of(at(10)), slot_of(at(10, 30))) in released


def test_moving_to_where_it_is_changes_nothing() -> None:
    story = booked(a_clinic(), "check-up", at(10), "Adams")
    given(story.events).when(moving(at(10), "Adams")).then_nothing()


def test_a_moved_visit_has_to_be_confirmed_again() -> None:
    story = booked(a_clinic(), "check-up", at(10), "Adams")
    story.add(confirm(asking(), story.clinic.appointments[VISIT]))
    given(story.events).when(moving(at(11), "Adams")).then(AppointmentRescheduled, status="booked")


def test_a_cancelled_visit_frees_everything_once() -> None:
    story = booked(a_clinic(), "scan", at(10), "Baker", "Room 1", "Scanner")

    def call_off(clinic: Clinic) -> Decision:
        return cancel(
            replace(asking(), by="patient"), clinic.appointments[VISIT], clinic.setup, "feels-better"
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
        return confirm(replace(asking(), by="patient"), clinic.appointments[VISIT])

    given(story.events).when(attend).then(AppointmentConfirmed, status="confirmed", by="patient")
    story.add(attend(story.clinic))
    given(story.events).when(attend).then_nothing()


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


def test_all_that_a_decision_was_made_from_is_guarded() -> None:
    clinic = a_clinic().clinic
    decision = booking("check-up", at(10), "Adams")(clinic)
    visit = clinic.visit("check-up", at(10), "Adams")
    assert isinstance(visit, Visit)
    assert decision.reads == {
        the("Adams"): 2,
        the("Main"): 1,
        visit.visit_type.visit_type_id: 1,
        the("Ann"): 1,
    }
    assert isinstance(events_of(decision)[0].originator_id, UUID)
