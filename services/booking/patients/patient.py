"""A patient's record: registered, corrected, merged with another and parted again."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.booking.events.patients import (
    LegalHoldLifted,
    LegalHoldSet,
    PatientDetails,
    PatientDetailsChanged,
    PatientErased,
    PatientEvent,
    PatientRegistered,
    PatientsMerged,
    PatientsUnmerged,
)

__all__ = ["Patient", "evolve"]

_DETAILS = tuple(PatientDetails.model_fields)


@dataclass(frozen=True, slots=True)
class Patient:
    """What it is now."""

    patient_id: UUID
    version: int
    details: PatientDetails
    merged_into: UUID | None = None
    absorbed: tuple[UUID, ...] = ()
    """Records that were merged into this one."""
    erased: bool = False
    legal_holds: tuple[UUID, ...] = ()
    """Why it must be kept; none: nothing hinders its erasure."""

    @property
    def time_of(self) -> tuple[UUID, ...]:
        """Whose time to claim for this person: bookings made before a merge still hold the other's."""
        return (self.patient_id, *self.absorbed)


def evolve(patient: Patient | None, event: PatientEvent) -> Patient | None:
    """The patient after ``event``; None where the beginning is missing."""
    if isinstance(event, PatientRegistered):
        return Patient(event.patient_id, event.originator_version, _details(event))
    return None if patient is None else replace(_after(patient, event), version=event.originator_version)


def _details(event: PatientRegistered | PatientDetailsChanged) -> PatientDetails:
    return PatientDetails.model_construct(**{name: getattr(event, name) for name in _DETAILS})


def _after(patient: Patient, event: PatientEvent) -> Patient:
    match event:
        case PatientDetailsChanged():
            return replace(patient, details=_details(event))
        case PatientsMerged() if event.patient_id == event.merged_id:
            return replace(patient, merged_into=event.survivor_id)
        case PatientsMerged():
            return replace(patient, absorbed=(*patient.absorbed, event.merged_id))
        case PatientsUnmerged() if event.patient_id == event.merged_id:
            return replace(patient, merged_into=None)
        case PatientsUnmerged():
            rest = tuple(other for other in patient.absorbed if other != event.merged_id)
            return replace(patient, absorbed=rest)
        case LegalHoldSet():
            return replace(patient, legal_holds=(*patient.legal_holds, event.hold_id))
        case LegalHoldLifted():
            left = tuple(hold for hold in patient.legal_holds if hold != event.hold_id)
            return replace(patient, legal_holds=left)
        case PatientErased():
            return replace(patient, erased=True)
    return patient
