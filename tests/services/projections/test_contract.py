"""What the projections read is what booking and patient flow write: types and fields, by their schemas."""

import pytest

from services.booking import events as booking
from services.booking.events import appointments
from services.patient_flow import events as patient_flow
from services.projections import agenda, calendars, directory, patient_appointments, patients
from services.projections.hearing import Heard
from tests.schemas.consumers import assert_reads

WRITTEN = {event.event_type(): event for event in (*booking.EVENTS, *patient_flow.EVENTS)}
APPOINTMENTS = {
    name for name, event in WRITTEN.items() if event.kafka_topic == "almanac.booking.appointments"
}
READ: dict[type[Heard], frozenset[str]] = {
    calendars.Appointment: calendars.APPOINTMENT,
    calendars.Absence: calendars.ABSENCE_ADDED,
    calendars.AbsenceEnded: calendars.ABSENCE_REMOVED,
    calendars.Delay: calendars.DELAY_REPORTED,
    calendars.DelayEnded: calendars.DELAY_CLEARED,
    agenda.Visit: agenda.VISIT,
    agenda.TaskOpened: agenda.OPENED,
    agenda.TaskDone: agenda.DONE,
    directory.Facility: directory.FACILITY,
    directory.VisitType: directory.VISIT_TYPE,
    directory.Resource: directory.RESOURCE,
    directory.Retired: directory.RETIRED,
    directory.Template: directory.TEMPLATE,
    patient_appointments.Appointment: patient_appointments.HEARD,
    patients.Details: patients.DETAILS,
    patients.Merge: patients.MERGED | patients.UNMERGED,
}


@pytest.mark.parametrize(
    "model", READ, ids=lambda model: f"{model.__module__.rsplit('.', 1)[-1]}.{model.__name__}"
)
def test_each_model_fits_the_events_that_it_reads(model: type[Heard]) -> None:
    assert_reads(model, *READ[model])


def test_every_type_heard_is_one_that_is_written() -> None:
    heard = calendars.HEARD | agenda.HEARD | directory.HEARD | patient_appointments.HEARD | patients.HEARD
    assert heard <= set(WRITTEN)


def test_every_event_of_an_appointment_reaches_all_who_show_appointments() -> None:
    assert calendars.APPOINTMENT == agenda.VISIT == patient_appointments.HEARD == APPOINTMENTS


def test_holds_that_came_to_nothing_are_told_apart() -> None:
    ended = {event.event_type() for event in (appointments.HoldExpired, appointments.HoldReleased)}
    assert ended == patient_appointments.ENDED_HOLD == agenda.ENDED_HOLD
