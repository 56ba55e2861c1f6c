"""About a patient's appointments."""

from datetime import datetime
from uuid import UUID

from backbone.web.shapes import Page, Read, Shown
from services.projections.http.answers.common import Status

__all__ = ["PatientAppointmentPage"]


class ListedAppointment(Shown):
    """One of a patient's appointments."""

    appointment_id: UUID
    version: int
    facility_id: UUID
    status: Status
    visit_type: str
    starts_at: datetime
    ends_at: datetime
    local_start: str
    """The facility's wall clock at the start, without offset."""
    time_zone: str
    expires_at: datetime | None = None
    resource_ids: tuple[UUID, ...]


class PatientAppointmentPage(Page, Read):
    """A patient's appointments, in order of time."""

    patient_id: UUID
    appointments: tuple[ListedAppointment, ...]
