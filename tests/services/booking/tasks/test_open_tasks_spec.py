"""What a task was opened for is dealt with: the task is done in the same commit, and not before."""

from collections.abc import Callable

from backbone.store.decision import Decision
from services.booking.appointments.changing import cancel, cancel_session, confirm, enter_in_error
from services.booking.appointments.standing import absence_stretch
from services.booking.events.appointments import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentEnteredInError,
    AppointmentRescheduled,
)
from services.booking.events.setup import AbsenceRemoved
from services.booking.events.tasks import TaskDone
from services.booking.setup.time_taken_away import remove_absence
from services.booking.tasks.task import TASK_SLOT, complete, rebook_id, tasks_of
from tests.services.booking.clinic import Clinic, asking, at, given, the
from tests.services.booking.requests import VISIT, booked, moving, seated
from tests.services.booking.story import Story, a_class, a_clinic

Decide = Callable[[Clinic], Decision]


def hit_by_an_absence() -> Story:
    return booked(a_clinic(), "check-up", at(10), "Adams").away("Adams", at(9), at(12))


def done(decide: Decide, how: str) -> Decide:
    def decide_and_close(clinic: Clinic) -> Decision:
        return clinic.open_tasks(VISIT).done_by(decide(clinic), asking(), how)

    return decide_and_close


def outcomes(decision: Decision) -> list[str]:
    return [event.outcome_code for event in decision.events if isinstance(event, TaskDone)]


def back(clinic: Clinic) -> Decision:
    resource = clinic.setup.resources[the("Adams")]
    absence = resource.absences[the("Adams away")]
    tasks = clinic.open_tasks(*clinic.standing(absence_stretch(resource, absence)).reads)
    return remove_absence(asking(), resource, absence.absence_id, tasks)


def test_a_move_closes_what_it_was_asked_for_by() -> None:
    decided = given(hit_by_an_absence().events).when(done(moving(at(14), "Adams"), "rescheduled"))
    decided.then(AppointmentRescheduled, TaskDone)
    assert outcomes(decided.decision) == ["rescheduled"]


def test_a_move_into_the_absence_is_refused_and_closes_nothing() -> None:
    story = hit_by_an_absence()
    given(story.events).when(done(moving(at(11), "Adams"), "rescheduled")).then_conflicts("absence")
    given(story.events).when(done(moving(at(10), "Adams"), "rescheduled")).then_nothing()
    assert story.clinic.open_tasks(VISIT).tasks


def test_called_off_or_entered_in_error_it_needs_no_rebooking() -> None:
    events = hit_by_an_absence().events
    given(events).when(
        done(lambda c: cancel(asking(), c.appointments[VISIT], c.setup, "x"), "cancelled")
    ).then(AppointmentCancelled, TaskDone)
    given(events).when(
        done(lambda c: enter_in_error(asking(), c.appointments[VISIT], c.setup, "x"), "entered-in-error")
    ).then(AppointmentEnteredInError, TaskDone)


def test_what_leaves_it_where_it_is_leaves_the_task_open() -> None:
    given(hit_by_an_absence().events).when(lambda c: confirm(asking(), c.appointments[VISIT])).then(
        AppointmentConfirmed
    )


def test_a_task_that_is_opened_meanwhile_has_the_move_decided_again() -> None:
    decided = given(hit_by_an_absence().events).when(done(moving(at(14), "Adams"), "rescheduled"))
    (guard,) = decided.decision.occupied
    task = rebook_id(the("Adams away"), VISIT)
    assert (guard.resource_id, guard.first_slot, guard.owners) == (
        tasks_of(VISIT),
        TASK_SLOT,
        frozenset({task}),
    )
    assert task in {release.owner for release in decided.decision.releases}


def test_the_absence_removed_the_visit_stands_well_again() -> None:
    story = hit_by_an_absence()
    decided = given(story.events).when(back).then(AbsenceRemoved, TaskDone)
    assert outcomes(decided.decision) == ["not-needed"]
    story.add(decided.decision)
    assert not story.clinic.open_tasks(VISIT).tasks


def test_another_absence_keeps_its_own_task() -> None:
    story = hit_by_an_absence().away("Adams", at(10), at(11), "meeting", "again")
    assert len(story.clinic.open_tasks(VISIT).tasks) == 2
    story.add(back(story.clinic))
    (left,) = story.clinic.open_tasks(VISIT).tasks
    assert left.reason_code == "absence-meeting"


def test_somebody_said_so_before() -> None:
    story = hit_by_an_absence()
    (task,) = story.clinic.open_tasks(VISIT).tasks
    story.add(complete(asking(), task, "patient-informed"))
    given(story.events).when(done(moving(at(14), "Adams"), "rescheduled")).then(AppointmentRescheduled)
    given(story.events).when(back).then(AbsenceRemoved)


def test_a_group_visit_called_off_closes_each_seats_task() -> None:
    story = a_class()
    story.add(seated("a", "Ann")(story.clinic)).add(seated("b", "Bob")(story.clinic))
    story.away("Adams", at(9), at(12))
    session = story.clinic.appointments[the("a")].session_id
    assert session

    def calling_off(clinic: Clinic) -> Decision:
        whole = clinic.session_of(session)
        tasks = clinic.open_tasks(*(seat.appointment_id for seat in whole.seats))
        return tasks.done_by(cancel_session(asking(), whole, clinic.setup, "x"), asking(), "cancelled")

    given(story.events).when(calling_off).then(*[AppointmentCancelled] * 3, TaskDone, TaskDone)
