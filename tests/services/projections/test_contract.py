"""What the projections read is what booking and patient flow write: types and fields, by their schemas."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from backbone.projecting import Projection
from services.booking import events as booking
from services.booking.events import appointments
from services.booking.patients.index import PatientIndex
from services.patient_flow import events as patient_flow
from services.projections.agenda.events import Visit
from services.projections.agenda.projection import CHANGE_KINDS, Agenda
from services.projections.calendars.events import Appointment
from services.projections.calendars.projection import Calendars
from services.projections.directory import Directory
from services.projections.hearing import ENDED_HOLDS
from services.projections.patient_appointments import PatientAppointments
from services.projections.patients import Patients
from tests.schemas.consumers import assert_reads, committed_schema, published_types

WRITTEN = {event.event_type(): event for event in (*booking.EVENTS, *patient_flow.EVENTS)}
PROJECTIONS: tuple[type[Projection], ...] = (Calendars, Agenda, Directory, Patients, PatientAppointments)


def readings() -> Iterator[tuple[type[Projection], str, type[BaseModel]]]:
    for projection in PROJECTIONS:
        for event_type, model in projection.hears.items():
            yield projection, event_type, model


def _topic(event_type: str) -> str:
    """Of today's types, and of those that are only in history."""
    return str(committed_schema(event_type)["x-kafka-topic"])


@pytest.mark.parametrize(("projection", "event_type", "model"), list(readings()))
def test_each_model_fits_the_events_that_it_reads(
    projection: type[Projection], event_type: str, model: type[BaseModel]
) -> None:
    assert _topic(event_type) in projection.topics
    assert_reads(model, event_type)


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_no_topic_is_listened_to_in_vain(projection: type[Projection]) -> None:
    assert {_topic(event_type) for event_type in projection.hears} == set(projection.topics)


def test_patients_are_known_from_every_version_of_their_events() -> None:
    names = {"almanac.booking.PatientRegistered", "almanac.booking.PatientDetailsChanged"}
    every = {kind for kind in published_types() if kind.rpartition(".v")[0] in names}
    assert every <= set(Patients.hears)
    assert every <= set(PatientIndex.hears)


def test_every_event_of_an_appointment_reaches_all_who_show_appointments() -> None:
    written = {name for name, event in WRITTEN.items() if event.kafka_topic == "almanac.booking.appointments"}
    assert {name for name, model in Calendars.hears.items() if model is Appointment} == written
    assert {name for name, model in Agenda.hears.items() if model is Visit} == written
    assert set(PatientAppointments.hears) == written


def test_events_singled_out_are_those_meant() -> None:
    assert {appointments.HoldExpired.event_type(), appointments.HoldReleased.event_type()} == ENDED_HOLDS
    assert set(CHANGE_KINDS) <= set(WRITTEN)
