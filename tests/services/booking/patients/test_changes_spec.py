"""Patients' records: what identifies is sealed; merged records are one person's time."""

from datetime import date
from typing import Any

from backbone.store.decision import Decision
from services.booking.appointments.booking import book
from services.booking.commands.patients import ChangePatient, RegisterPatient
from services.booking.events.patients import (
    PatientDetailsChanged,
    PatientRegistered,
    PatientsMerged,
    PatientsUnmerged,
)
from services.booking.patients.changes import change_patient, merge, register, unmerge
from tests.services.booking.clinic import Clinic, asking, at, given, seal, the
from tests.services.booking.story import a_clinic

NEW = RegisterPatient.model_validate(
    {
        "family_name": "Jones",
        "given_names": "Carol",
        "birth_date": date(1960, 5, 4),
        "identifiers": [{"system": "mrn", "value": "123-456"}],
        "contacts": [{"channel": "sms", "value": "+1 212 555 0123"}],
        "coverages": [{"payer": "Acme", "plan": "Gold", "member_id": "M-77"}],
    }
)


def merging(survivor: str, other: str) -> Any:
    def decide(clinic: Clinic) -> Decision:
        merged = clinic.patients[the(other)]
        absorbed = [clinic.patients[one] for one in merged.absorbed]
        return merge(asking(), clinic.patients[the(survivor)], merged, absorbed)

    return decide


def test_whatever_identifies_a_patient_is_sealed() -> None:
    decided = given().when(lambda _: register(asking(), the("Carol"), NEW, seal, [the("Ann")]))
    decided.then(PatientRegistered)
    kept = decided.decision.events[0].model_dump_json()
    for secret in ("Jones", "Carol", "1960", "123-456", "555", "M-77"):
        assert secret not in kept
    assert "mrn" in kept
    assert decided.decision.answer["possible_duplicates"] == [str(the("Ann"))]


def test_a_correction_keeps_what_it_does_not_name() -> None:
    known = given().when(lambda _: register(asking(), the("Carol"), NEW, seal)).decision.events
    wanted = ChangePatient(given_names="Caroline", language="en")
    decided = given(known).when(lambda c: change_patient(asking(), c.patients[the("Carol")], wanted, seal))
    before = known[0]
    assert isinstance(before, PatientRegistered)
    decided.then(
        PatientDetailsChanged,
        changed=("given_names", "language"),
        family_name=before.family_name,
        language="en",
    )
    given(known).when(
        lambda c: change_patient(asking(), c.patients[the("Carol")], ChangePatient(), seal)
    ).then_nothing()


def test_merged_records_are_one_persons_time() -> None:
    story = a_clinic()
    story.add(given(story.events).when(merging("Ann", "Bob")).then(PatientsMerged, PatientsMerged).decision)
    given(story.events).when(merging("Ann", "Bob")).then_nothing()
    clinic = story.clinic
    visit = clinic.visit("check-up", at(10), "Adams")
    decision = book(asking(), the("visit"), visit, clinic.patients[the("Ann")], clinic.setup)
    claimed = {claim.resource_id for claim in decision.claims if claim.kind == "patient"}
    assert claimed == {the("Ann"), the("Bob")}


def test_unmerged_records_are_two_persons_again() -> None:
    story = a_clinic()
    story.add(merging("Ann", "Bob")(story.clinic))

    def parting(clinic: Clinic) -> Decision:
        return unmerge(asking(), clinic.patients[the("Ann")], clinic.patients[the("Bob")])

    story.add(given(story.events).when(parting).then(PatientsUnmerged, PatientsUnmerged).decision)
    assert story.clinic.patients[the("Ann")].time_of == (the("Ann"),)
    assert story.clinic.patients[the("Bob")].merged_into is None
    given(story.events).when(parting).then_refused("wrong-status")


def test_what_was_merged_before_comes_along() -> None:
    story = a_clinic().patient("Carol")
    story.add(merging("Bob", "Carol")(story.clinic)).add(merging("Ann", "Bob")(story.clinic))
    assert set(story.clinic.patients[the("Ann")].time_of) == {the("Ann"), the("Bob"), the("Carol")}
    given(story.events).when(merging("Carol", "Ann")).then_refused("wrong-status")


def test_no_record_is_merged_with_itself() -> None:
    given(a_clinic().events).when(merging("Ann", "Ann")).then_refused("invalid")
