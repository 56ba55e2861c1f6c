"""What is kept up to date from Kafka."""

from collections.abc import Sequence
from typing import Final

from backbone.projecting import Projection
from services.projections.agenda.projection import Agenda
from services.projections.calendars.projection import Calendars
from services.projections.directory import Directory
from services.projections.patient_appointments import PatientAppointments
from services.projections.patients import Patients

__all__ = ["PROJECTIONS"]

PROJECTIONS: Final[Sequence[Projection]] = (
    Calendars(),
    Agenda(),
    PatientAppointments(),
    Directory(),
    Patients(),
)
