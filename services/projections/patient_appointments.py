"""The projection ``patient_appointments``: every appointment that a patient has or had, in order of time."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backbone.cloudevents import Record
from services.projections.hearing import Heard, Told, keep_latest, read, types

__all__ = ["Appointment", "fold"]

ENDED_HOLD = types("booking", "HoldExpired", "HoldReleased")
HEARD = ENDED_HOLD | types(
    "booking",
    "SlotHeld",
    "AppointmentBooked",
    "AppointmentConfirmed",
    "AppointmentRescheduled",
    "AppointmentDetailsChanged",
    "AppointmentCancelled",
    "AppointmentEnteredInError",
    "PreparationConfirmed",
)


class Appointment(Heard):
    """An appointment as it is after the event."""

    status: str
    facility_id: UUID
    patient_id: UUID | None = None
    visit_type: str
    starts_at: datetime
    ends_at: datetime
    local_start: str
    time_zone: str
    resource_ids: tuple[UUID, ...] = ()
    expires_at: datetime | None = None


def fold(records: Iterable[Record]) -> dict[UUID, Told[Appointment]]:
    """The last word on each appointment: each event carries the whole."""
    changed: dict[UUID, Told[Appointment]] = {}
    for record in records:
        if record.type in HEARD:
            told = Told(record, read(Appointment, record))
            keep_latest(changed, told.key, told)
    return changed
