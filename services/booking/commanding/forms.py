"""What may be asked of booking by command, and how each differs from its HTTP twin."""

from collections.abc import Mapping
from typing import Final

from backbone.commanding.handlers import Form
from backbone.commanding.opening import Secret
from services.booking.commands.appointments import Book, BookHold, Cancel, Confirm, Reschedule
from services.booking.commands.moves import RescheduleAll
from services.booking.commands.patients import ChangePatient, MergePatients, RegisterPatient
from services.booking.values import RELATIONSHIPS

__all__ = ["APPOINTMENT", "FORMS", "PATIENT"]

APPOINTMENT: Final = "appointment_id"
PATIENT: Final = "patient_id"
_NAMED: Final = Secret.at("patient.value")
_DETAILS: Final = (
    Secret.at("family_name"),
    Secret.at("given_names"),
    Secret.at("birth_date"),
    Secret.at("identifiers.*.value"),
    Secret.at("contacts.*.value"),
    Secret.at("contacts.*.relationship", codes=RELATIONSHIPS),
    Secret.at("coverages.*.member_id"),
)
_PATIENT: Final = {"patient": PATIENT}

FORMS: Final[Mapping[str, Form]] = {
    "BookAppointment": Form((Book, BookHold), (_NAMED, Secret.at("reason")), named=_PATIENT),
    "ConfirmAppointment": Form((Confirm,), subject=APPOINTMENT),
    "RescheduleAppointment": Form((Reschedule,), subject=APPOINTMENT),
    "RescheduleAppointments": Form((RescheduleAll,)),
    "CancelAppointment": Form((Cancel,), (Secret.at("note"),), subject=APPOINTMENT),
    "RegisterPatient": Form((RegisterPatient,), _DETAILS),
    "ChangePatientDetails": Form((ChangePatient,), (_NAMED, *_DETAILS), subject=PATIENT, named=_PATIENT),
    "MergePatients": Form(
        (MergePatients,),
        (_NAMED, Secret.at("merged.value")),
        subject=PATIENT,
        named=_PATIENT | {"merged": "merged_id"},
    ),
}
