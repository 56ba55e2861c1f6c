"""What somebody may ask for in a spec."""

from datetime import datetime, timedelta
from typing import Any

from backbone.store.decision import Decision
from services.booking.appointments.booking import book, reschedule
from services.booking.appointments.holding import book_hold, hold
from services.booking.commands.appointments import OverrideWanted
from tests.services.booking.clinic import NOW, Clinic, asking, at, the
from tests.services.booking.story import Story

VISIT = the("visit")
HELD_FOR = timedelta(minutes=5)
TEN = at(10)


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
    """The story in which somebody has booked."""
    return story.add(booking(*args, **more)(story.clinic))


def override(*of: Any) -> OverrideWanted:
    return OverrideWanted(of=of, reason_code="emergency")


def holding(name: str, patient: str | None, visit_type: str = "check-up", when: datetime = TEN) -> Any:
    """When a time, or a seat in a class, is held for a while."""

    def decide(clinic: Clinic) -> Decision:
        visit = clinic.visit(visit_type, when, "Adams")
        session = clinic.session(visit) if visit.visit_type.seats else None
        whom = clinic.patients[the(patient)] if patient else None
        return hold(asking(), the(name), visit, whom, HELD_FOR, clinic.setup, 50, session)

    return decide


def taking_up(name: str, patient: str, now: datetime = NOW) -> Any:
    """When what is held is to be booked."""

    def decide(clinic: Clinic) -> Decision:
        held = clinic.appointments[the(name)]
        session = clinic.session_of(held.session_id) if held.session_id else None
        return book_hold(asking(now), held, clinic.patients[the(patient)], clinic.setup, session=session)

    return decide


def seated(name: str, patient: str, when: datetime = TEN) -> Any:
    """When a seat in a class is booked."""

    def decide(clinic: Clinic) -> Decision:
        visit = clinic.visit("class", when, "Adams")
        patient_ = clinic.patients[the(patient)]
        return book(asking(), the(name), visit, patient_, clinic.setup, session=clinic.session(visit))

    return decide
