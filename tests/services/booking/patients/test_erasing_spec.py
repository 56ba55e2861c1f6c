"""Erasure: one asks, another approves, and what must be kept hinders both."""

from datetime import UTC, datetime, timedelta
from typing import Any

from backbone.store.decision import Decision
from backbone.store.origin import Origin
from services.booking.appointments.booking import book
from services.booking.appointments.standing import Standing
from services.booking.events.patients import LegalHoldLifted, LegalHoldSet, PatientErased
from services.booking.events.tasks import TaskDone, TaskOpened
from services.booking.handling.retention import kept_until
from services.booking.patients.changes import unmerge
from services.booking.patients.erasing import (
    Whole,
    approve_erasure,
    ask_for_erasure,
    coming_time,
    erase_again,
    lift_legal_hold,
    set_legal_hold,
    withdraw_erasure,
)
from tests.services.booking.clinic import NOW, Clinic, asking, at, given, the
from tests.services.booking.patients.test_changes_spec import merging
from tests.services.booking.story import Story, a_clinic

NOW_UTC = NOW.astimezone(UTC)


def whole(clinic: Clinic, name: str = "Ann", kept_until: datetime | None = None) -> Whole:
    patient = clinic.patients[the(name)]
    records = (patient, *(clinic.patients[one] for one in patient.absorbed))
    ids = [one.patient_id for one in records]
    standing = tuple(
        Standing(
            coming_time(one, NOW_UTC),
            tuple(a for a in clinic.appointments.values() if a.live and one in a.patient_time_of),
        )
        for one in ids
    )
    return Whole(records, standing, clinic.open_tasks(*ids), kept_until)


def by(who: str) -> Any:
    return asking()._replace(origin=Origin("user", who, correlation_id="test"))


def ask(who: str = "olga", name: str = "Ann", **more: Any) -> Any:
    def decide(clinic: Clinic) -> Decision:
        return ask_for_erasure(by(who), whole(clinic, name, **more), the("request"), "patient-request")

    return decide


def approve(who: str = "otto", name: str = "Ann", **more: Any) -> Any:
    return lambda clinic: approve_erasure(by(who), whole(clinic, name, **more))


def asked() -> Story:
    story = a_clinic()
    return story.add(ask()(story.clinic))


def test_asking_opens_a_task_for_somebody_else() -> None:
    opened = given(a_clinic().events).when(ask())
    opened.then(TaskOpened, kind="approve-erasure", asked_by="olga", owner="ops", patient_id=the("Ann"))
    assert opened.decision.answer == {"patient_id": str(the("Ann")), "task_id": str(the("request"))}
    given(asked().events).when(ask("otto")).then_nothing()


def test_another_approves_and_the_patient_is_erased() -> None:
    events = asked().events
    given(events).when(approve("olga")).then_refused("forbidden")
    erased = given(events).when(approve()).then(PatientErased, TaskDone, reason_code="patient-request")
    assert erased.decision.answer["erased"] == [str(the("Ann"))]
    given(a_clinic().events).when(approve()).then_refused("wrong-status")


def test_every_merged_record_is_erased_and_none_is_parted_afterwards() -> None:
    story = a_clinic()
    story.add(merging("Ann", "Bob")(story.clinic))
    story.add(ask()(story.clinic))
    decided = given(story.events).when(approve()).then(PatientErased, PatientErased, TaskDone)
    story.add(decided.decision)
    assert {one.patient_id for one in story.clinic.patients.values() if one.erased} >= {
        the("Ann"),
        the("Bob"),
    }

    def parting(clinic: Clinic) -> Decision:
        return unmerge(asking(), clinic.patients[the("Ann")], clinic.patients[the("Bob")])

    given(story.events).when(parting).then_refused("not-found")


def test_a_legal_hold_hinders_until_it_is_lifted() -> None:
    story = asked()
    held = given(story.events).when(
        lambda c: set_legal_hold(asking(), c.patients[the("Ann")], the("hold"), "litigation")
    )
    story.add(held.then(LegalHoldSet, hold_id=the("hold"), reason_code="litigation").decision)
    given(story.events).when(approve()).then_refused("legal-hold")

    def lifted(hold: str) -> Any:
        return lambda c: lift_legal_hold(asking(), whole(c).records, the(hold), "settled")

    given(story.events).when(lifted("other")).then_refused("not-found")
    story.add(given(story.events).when(lifted("hold")).then(LegalHoldLifted).decision)
    given(story.events).when(lifted("hold")).then_refused("not-found")
    given(story.events).when(approve()).then(PatientErased, TaskDone)


def test_a_hold_on_a_merged_record_holds_the_whole_person() -> None:
    story = a_clinic()
    story.add(set_legal_hold(asking(), story.clinic.patients[the("Bob")], the("hold"), "litigation"))
    story.add(merging("Ann", "Bob")(story.clinic))
    given(story.events).when(ask()).then_refused("legal-hold")


def test_who_has_something_booked_is_not_erased() -> None:
    story = asked()
    clinic = story.clinic
    visit = clinic.visit("check-up", at(10), "Adams")
    story.add(book(asking(), the("visit"), visit, clinic.patients[the("Ann")], clinic.setup))
    given(story.events).when(approve()).then_refused("patient-has-appointments")
    given(story.events).when(ask(name="Ann")).then_nothing()


def test_the_retention_period_is_kept() -> None:
    events = asked().events
    given(events).when(approve(kept_until=NOW_UTC + timedelta(days=1))).then_refused("retention")
    given(events).when(approve(kept_until=NOW_UTC)).then(PatientErased, TaskDone)
    given(a_clinic().events).when(ask(kept_until=NOW_UTC + timedelta(days=1))).then_refused("retention")
    assert kept_until(datetime(2024, 2, 29, 12, tzinfo=UTC), 6) == datetime(2030, 2, 28, 12, tzinfo=UTC)


def test_a_request_can_be_withdrawn() -> None:
    story = asked()
    given(story.events).when(lambda c: withdraw_erasure(asking(), whole(c), "mistaken")).then(
        TaskDone, outcome_code="mistaken"
    )
    story.add(withdraw_erasure(asking(), whole(story.clinic), "mistaken"))
    given(story.events).when(approve()).then_refused("wrong-status")


def test_approval_is_guarded_by_everything_it_was_decided_on() -> None:
    story = a_clinic()
    story.add(merging("Ann", "Bob")(story.clinic))
    story.add(ask()(story.clinic))
    decision = approve()(story.clinic)
    guarded = {guard.resource_id for guard in decision.occupied}
    assert guarded >= {the("Ann"), the("Bob")}
    assert all(
        not guard.owners for guard in decision.occupied if guard.resource_id in (the("Ann"), the("Bob"))
    )
    asked_for = ask()(a_clinic().clinic)
    assert asked_for.reads == {the("Ann"): a_clinic().clinic.patients[the("Ann")].version}


def test_who_was_brought_back_by_a_backup_is_erased_again() -> None:
    story = a_clinic()
    again = given(story.events).when(lambda c: erase_again(asking(), c.patients[the("Ann")]))
    story.add(again.then(PatientErased, reason_code="restored-from-backup").decision)
    given(story.events).when(lambda c: erase_again(asking(), c.patients[the("Ann")])).then_nothing()
