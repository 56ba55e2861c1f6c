"""Booking and moving visits: what the rules say."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.booking.appointments.changing import (
    confirm,
)
from services.booking.appointments.visit import Visit
from services.booking.events.appointments import (
    AppointmentBooked,
    AppointmentRescheduled,
    Before,
)
from services.booking.slots import slot_of
from services.booking.values import Override
from tests.services.booking.clinic import asking, at, given, seal, the
from tests.services.booking.requests import VISIT, booked, booking, moving, override
from tests.services.booking.story import a_clinic, events_of


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
    decided.then(AppointmentBooked, override=Override(of=("taken",), reason_code="emergency"))
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
