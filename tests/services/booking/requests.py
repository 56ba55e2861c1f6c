"""What somebody may ask for in a spec."""

from datetime import datetime
from typing import Any

from backbone.store.decision import Decision
from services.booking.appointments.booking import book, reschedule
from services.booking.commands.appointments import OverrideWanted
from tests.services.booking.clinic import NOW, Clinic, asking, the
from tests.services.booking.story import Story

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
