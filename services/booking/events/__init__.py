"""Everything that can happen in booking, by topic."""

from backbone.events import DomainEvent
from services.booking.events import appointments, patients, setup, tasks

__all__ = ["EVENTS"]

EVENTS: tuple[type[DomainEvent], ...] = (
    appointments.SlotHeld,
    appointments.HoldExpired,
    appointments.HoldReleased,
    appointments.AppointmentBooked,
    appointments.AppointmentConfirmed,
    appointments.AppointmentRescheduled,
    appointments.AppointmentDetailsChanged,
    appointments.AppointmentCancelled,
    appointments.AppointmentEnteredInError,
    appointments.PreparationConfirmed,
    setup.FacilityAdded,
    setup.FacilityChanged,
    setup.VisitTypeAdded,
    setup.VisitTypeChanged,
    setup.ResourceAdded,
    setup.ResourceChanged,
    setup.ResourceRetired,
    setup.TemplateChanged,
    setup.AbsenceAdded,
    setup.AbsenceRemoved,
    patients.PatientRegistered,
    patients.PatientDetailsChanged,
    patients.PatientsMerged,
    patients.PatientsUnmerged,
    patients.LegalHoldSet,
    patients.LegalHoldLifted,
    patients.PatientErased,
    tasks.TaskOpened,
    tasks.TaskDone,
)
"""All event classes in their present versions."""
