"""The projection ``calendars``: what stands in each resource's time. Appointments, absences, delays.

Each topic writes rows of its own; they meet when a calendar is read (calendar_view.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backbone.cloudevents import Record
from services.projections.hearing import Heard, Told, keep_latest, read, types

__all__ = ["Absence", "AbsenceEnded", "Appointment", "Changes", "Delay", "DelayEnded", "fold"]

APPOINTMENT = types(
    "booking",
    "SlotHeld",
    "HoldExpired",
    "HoldReleased",
    "AppointmentBooked",
    "AppointmentConfirmed",
    "AppointmentRescheduled",
    "AppointmentDetailsChanged",
    "AppointmentCancelled",
    "AppointmentEnteredInError",
    "PreparationConfirmed",
)
ABSENCE_ADDED = types("booking", "AbsenceAdded")
ABSENCE_REMOVED = types("booking", "AbsenceRemoved")
DELAY_REPORTED = types("patient-flow", "ProviderDelayReported")
DELAY_CLEARED = types("patient-flow", "ProviderDelayCleared")
HEARD = APPOINTMENT | ABSENCE_ADDED | ABSENCE_REMOVED | DELAY_REPORTED | DELAY_CLEARED
GONE = frozenset({"cancelled", "entered-in-error"})
"""Statuses that take no time of anybody any more."""


class Part(Heard):
    """A resource's part in an appointment."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime


class Appointment(Heard):
    """An appointment as it is after the event."""

    status: str
    facility_id: UUID
    patient_id: UUID | None = None
    visit_type: str
    starts_at: datetime
    ends_at: datetime
    resources: tuple[Part, ...] = ()
    priority: str = "routine"
    override: dict[str, Any] | None = None
    expires_at: datetime | None = None
    session_id: UUID | None = None
    seats: int | None = None


class AbsenceEnded(Heard):
    """A resource was to be away, and is not."""

    absence_id: UUID
    resource_id: UUID
    facility_id: UUID
    starts_at: datetime
    ends_at: datetime


class Absence(AbsenceEnded):
    """A resource is away."""

    reason: str


class DelayEnded(Heard):
    """A provider is on time again on that local day."""

    facility_id: UUID
    day: date


class Delay(DelayEnded):
    """A provider is late on a local day, which ends at ``valid_until``."""

    minutes: int
    valid_until: datetime
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch leaves: the last word on each appointment, absence, and provider's local day."""

    appointments: dict[UUID, Told[Appointment]] = field(default_factory=dict)
    absences: dict[UUID, Told[AbsenceEnded]] = field(default_factory=dict)
    delays: dict[tuple[UUID, date], Told[DelayEnded]] = field(default_factory=dict)


def fold(records: Iterable[Record]) -> Changes:
    """Events carry the whole as it is after, so the last one of a key says everything."""
    changes = Changes()
    for record in records:
        if record.type in APPOINTMENT:
            appointment = Told(record, read(Appointment, record))
            keep_latest(changes.appointments, appointment.key, appointment)
        elif record.type in ABSENCE_ADDED or record.type in ABSENCE_REMOVED:
            absence = Told(record, read(Absence if record.type in ABSENCE_ADDED else AbsenceEnded, record))
            keep_latest(changes.absences, absence.event.absence_id, absence)
        elif record.type in DELAY_REPORTED or record.type in DELAY_CLEARED:
            delay = Told(record, read(Delay if record.type in DELAY_REPORTED else DelayEnded, record))
            keep_latest(changes.delays, (delay.key, delay.event.day), delay)
    return changes
