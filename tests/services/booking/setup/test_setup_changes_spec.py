"""What was booked and fits no more is work to do; what can't be set right that way is refused."""

from typing import Any

from backbone.store.decision import Decision
from services.booking.appointments.booking import book
from services.booking.appointments.standing import coming_stretch
from services.booking.commands.appointments import OverrideWanted
from services.booking.commands.setup import ChangeFacility, ChangeResource
from services.booking.events.setup import FacilityChanged, ResourceChanged
from services.booking.events.tasks import TaskOpened
from services.booking.setup.facility_changes import change_facility
from services.booking.setup.resource_changes import change_resource
from tests.services.booking.clinic import NOW, Clinic, asking, at, given, the
from tests.services.booking.requests import booked
from tests.services.booking.story import Story, a_clinic


def changing(name: str, **what: Any) -> Any:
    def decide(clinic: Clinic) -> Decision:
        resource = clinic.setup.resources[the(name)]
        standing = clinic.standing(coming_stretch(resource, NOW))
        wanted = ChangeResource.model_validate(what)
        return change_resource(asking(), resource, clinic.setup, wanted, standing)

    return decide


def a_scan() -> Story:
    return booked(a_clinic(), "scan", at(10), "Baker", "Room 1", "Scanner")


def test_who_has_the_specialty_no_more_leaves_work_to_do() -> None:
    decided = given(a_scan().events).when(changing("Baker", specialties=["dermatology"]))
    decided.then(ResourceChanged, TaskOpened)
    task = decided.decision.events[1]
    assert isinstance(task, TaskOpened)
    assert (task.appointment_id, task.reason_code) == (the("visit"), "resource-changed")
    assert decided.decision.answer["affected"] == [str(the("visit"))]
    (guard,) = decided.decision.occupied
    assert guard.owners == {the("visit")}


def test_who_serves_the_visit_type_no_more_leaves_work_to_do() -> None:
    given(a_scan().events).when(changing("Scanner", visit_types=["check-up"])).then(
        ResourceChanged, TaskOpened
    )
    given(a_scan().events).when(changing("Scanner", visit_types=["scan"])).then(ResourceChanged)


def test_what_concerns_no_booking_makes_no_work() -> None:
    given(a_scan().events).when(changing("Adams", specialties=[])).then(ResourceChanged)
    given(a_scan().events).when(changing("Baker", specialties=["radiology", "x"])).then(ResourceChanged)


def test_of_too_many_for_a_smaller_capacity_those_booked_last_are_work_to_do() -> None:
    story = a_clinic().patient("Carol").add(changing("Adams", capacity=3)(a_clinic().clinic))
    for name, patient, hour in (("1", "Ann", 10), ("2", "Bob", 10), ("3", "Carol", 11)):
        clinic = story.clinic
        visit = clinic.visit("check-up", at(hour), "Adams")
        story.add(book(asking(), the(name), visit, clinic.patients[the(patient)], clinic.setup))
    decided = given(story.events).when(changing("Adams", capacity=1)).then(ResourceChanged, TaskOpened)
    last = max(str(the("1")), str(the("2")))
    assert decided.decision.answer["affected"] == [last]
    given(story.events).when(changing("Adams", capacity=2)).then(ResourceChanged)


def test_an_overbooking_by_name_is_nobody_too_many() -> None:
    story = booked(a_clinic(), "check-up", at(10), "Adams")
    clinic = story.clinic
    by_name = OverrideWanted(of=("taken",), reason_code="emergency")
    visit, bob = clinic.visit("check-up", at(10), "Adams"), clinic.patients[the("Bob")]
    story.add(book(asking(), the("over"), visit, bob, clinic.setup, override=by_name))
    story.add(changing("Adams", capacity=2)(story.clinic))
    given(story.events).when(changing("Adams", capacity=1)).then(ResourceChanged)


def moving_to(zone: str) -> Any:
    def decide(clinic: Clinic) -> Decision:
        standings = [clinic.standing(coming_stretch(r, NOW)) for r in clinic.setup.resources.values()]
        facility = clinic.setup.facilities[the("Main")]
        return change_facility(asking(), facility, ChangeFacility(time_zone=zone), standings)

    return decide


def test_a_zone_is_set_right_before_anything_is_booked_only() -> None:
    decided = given(a_clinic().events).when(moving_to("America/Chicago")).then(FacilityChanged)
    assert all(guard.owners == frozenset() for guard in decided.decision.occupied)
    assert len(decided.decision.occupied) == 4, "who books meanwhile has it decided again"
    given(a_scan().events).when(moving_to("America/Chicago")).then_refused("wrong-status")
