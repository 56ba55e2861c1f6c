"""Absences, other hours and retirements: no booking is left standing silently."""

from datetime import date
from typing import Any

from backbone.store.decision import Decision
from services.booking.appointments.booking import book
from services.booking.appointments.standing import absence_stretch, coming_stretch, template_stretch
from services.booking.commands.setup import AddAbsence, SetTemplate
from services.booking.events.setup import AbsenceAdded, AbsenceRemoved, ResourceRetired, TemplateChanged
from services.booking.events.tasks import TaskDone, TaskOpened
from services.booking.setup.time_taken_away import add_absence, remove_absence, retire, set_template
from services.booking.tasks.open_tasks import OpenTasks
from services.booking.tasks.task import Task, complete, evolve
from tests.services.booking.clinic import NOW, Clinic, asking, at, given, the
from tests.services.booking.requests import seated
from tests.services.booking.story import Story, a_class, a_clinic


def with_visits() -> Story:
    story = a_clinic()
    for name, patient, hour in (("early", "Ann", 9), ("late", "Bob", 15)):
        clinic = story.clinic
        visit = clinic.visit("check-up", at(hour), "Adams")
        story.add(book(asking(), the(name), visit, clinic.patients[the(patient)], clinic.setup))
    return story


def away(start: int, end: int) -> Any:
    def decide(clinic: Clinic) -> Decision:
        wanted = AddAbsence(starts_at=at(start), ends_at=at(end), reason="surgery")
        resource = clinic.setup.resources[the("Adams")]
        standing = clinic.standing(absence_stretch(resource, wanted))
        return add_absence(asking(), resource, the("absence"), wanted, standing)

    return decide


def other_hours(start: str, end: str, until: date | None = None) -> Any:
    def decide(clinic: Clinic) -> Decision:
        week = [{"day": "MO", "from": start, "to": end}]
        wanted = SetTemplate.model_validate(
            {"effective_from": date(2030, 3, 1), "effective_to": until, "weekly": week}
        )
        resource = clinic.setup.resources[the("Adams")]
        standing = clinic.standing(template_stretch(resource, clinic.setup, wanted, NOW))
        return set_template(asking(), resource, clinic.setup, wanted, standing)

    return decide


def test_an_absence_makes_each_booking_in_it_a_task() -> None:
    decided = given(with_visits().events).when(away(14, 17)).then(AbsenceAdded, TaskOpened)
    task = decided.decision.events[1]
    assert isinstance(task, TaskOpened)
    assert (task.appointment_id, task.reason_code, task.owner) == (
        the("late"),
        "absence-surgery",
        "scheduler",
    )
    assert decided.decision.answer["affected"] == [str(the("late"))]


def test_no_booking_slips_in_unseen() -> None:
    decided = given(with_visits().events).when(away(9, 17))
    decided.then(AbsenceAdded, TaskOpened, TaskOpened)
    (guard,) = decided.decision.occupied
    assert guard.owners == {the("early"), the("late")}


def test_the_same_cause_gives_the_same_task() -> None:
    one, two = (given(with_visits().events).when(away(14, 17)).decision.events[1] for _ in range(2))
    assert one.originator_id == two.originator_id


def test_of_a_group_visit_each_seat_is_a_task() -> None:
    story = a_class()
    story.add(seated("a", "Ann")(story.clinic)).add(seated("b", "Bob")(story.clinic))
    decided = given(story.events).when(away(9, 12)).then(AbsenceAdded, TaskOpened, TaskOpened)
    assert set(decided.decision.answer["affected"]) == {str(the("a")), str(the("b"))}
    assert len(decided.decision.occupied) == 2


def test_an_absence_that_is_over_leaves_the_time_bookable() -> None:
    story = a_clinic().away("Adams", at(9), at(12))

    def back(clinic: Clinic) -> Decision:
        return remove_absence(asking(), clinic.setup.resources[the("Adams")], the("Adams away"), OpenTasks())

    decided = given(story.events).when(back).then(AbsenceRemoved)
    assert fold_absences(story, decided.decision) == 0
    given(story.events, decided.decision.events).when(back).then_refused("not-found")


def fold_absences(story: Story, decision: Decision) -> int:
    story.add(decision)
    return len(story.clinic.setup.resources[the("Adams")].absences)


def test_other_hours_affect_what_lay_within_the_old_and_not_within_the_new() -> None:
    decided = (
        given(with_visits().events).when(other_hours("09:00", "12:00")).then(TemplateChanged, TaskOpened)
    )
    assert decided.decision.answer == {"affected": [str(the("late"))]}
    given(with_visits().events).when(other_hours("08:00", "18:00")).then(TemplateChanged)


def test_hours_of_the_past_concern_nothing() -> None:
    decided = given(with_visits().events).when(other_hours("09:00", "12:00", until=date(2030, 3, 1)))
    decided.then(TemplateChanged)


def test_a_retired_resource_is_not_deleted_and_its_bookings_are_tasks() -> None:
    story = with_visits()

    def retiring(clinic: Clinic) -> Decision:
        resource = clinic.setup.resources[the("Adams")]
        return retire(asking(), resource, clinic.standing(coming_stretch(resource, NOW)))

    decided = given(story.events).when(retiring).then(ResourceRetired, TaskOpened, TaskOpened)
    story.add(decided.decision)
    assert story.clinic.setup.resources[the("Adams")].retired
    given(story.events).when(retiring).then_nothing()


def test_a_task_is_done_once() -> None:
    opened = given(with_visits().events).when(away(14, 17)).decision.events[1]
    assert isinstance(opened, TaskOpened)
    task = evolve(None, opened)
    assert isinstance(task, Task)
    decision = complete(asking(), task, "rescheduled")
    (done,) = decision.events
    assert isinstance(done, TaskDone)
    after = evolve(task, done)
    assert after
    assert complete(asking(), after, "rescheduled").events == ()
