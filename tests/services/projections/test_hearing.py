"""The projections hear of all that concerns them."""

from services.booking import events as booking
from services.booking.events import appointments
from services.projections.agenda.events import Visit
from services.projections.agenda.projection import CHANGE_KINDS, Agenda
from services.projections.calendars.events import Appointment
from services.projections.calendars.projection import Calendars
from services.projections.hearing import ENDED_HOLDS
from services.projections.patient_appointments import PatientAppointments

WRITTEN = {event.event_type(): event for event in booking.EVENTS}


def test_every_event_of_an_appointment_reaches_all_who_show_appointments() -> None:
    written = {name for name, event in WRITTEN.items() if event.kafka_topic == "almanac.booking.appointments"}
    assert {name for name, model in Calendars.hears.items() if model is Appointment} == written
    assert {name for name, model in Agenda.hears.items() if model is Visit} == written
    assert set(PatientAppointments.hears) == written


def test_events_singled_out_are_those_meant() -> None:
    assert {appointments.HoldExpired.event_type(), appointments.HoldReleased.event_type()} == ENDED_HOLDS
    assert set(CHANGE_KINDS) <= set(WRITTEN)
