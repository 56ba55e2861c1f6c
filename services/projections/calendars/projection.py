"""The projection ``calendars``: what stands in each resource's time. Appointments, absences, delays.

Each topic writes rows of its own; they meet when a calendar is read (view.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar
from uuid import UUID

from backbone.projecting import Heard, Projection, Tables
from services.projections.calendars.events import Absence, AbsenceEnded, Appointment, Delay, DelayEnded
from services.projections.calendars.writing import (
    write_absences,
    write_appointments,
    write_delays,
    write_times,
)
from services.projections.hearing import APPOINTMENT_EVENTS, Told, types

__all__ = ["Calendars", "Changes", "gather"]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch comes down to: the last state of each appointment, absence, and provider's local day."""

    appointments: dict[str, Told[Appointment]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    """Keys of appointments whose first event is in the batch."""
    absences: dict[UUID, Told[AbsenceEnded]] = field(default_factory=dict)
    delays: dict[tuple[UUID, date], Told[DelayEnded]] = field(default_factory=dict)


def gather(heard: Iterable[Heard]) -> Changes:
    """Keeps the last event of each key: events carry the whole state, so that one says everything."""
    changes = Changes()
    for record, event in heard:
        if isinstance(event, Appointment):
            changes.appointments[record.key] = Told(record, event)
            if record.stream_version == 1:
                changes.begun.add(record.key)
        elif isinstance(event, AbsenceEnded):
            changes.absences[event.absence_id] = Told(record, event)
        elif isinstance(event, DelayEnded):
            changes.delays[UUID(record.key), event.day] = Told(record, event)
    return changes


class Calendars(Projection):
    """Per resource: the appointments that take its time, its absences, and its delays by day."""

    name = "calendars"
    topics = ("almanac.booking.appointments", "almanac.booking.setup", "almanac.patient-flow.delays")
    hears: ClassVar = {
        **types("booking", APPOINTMENT_EVENTS, Appointment),
        **types("booking", ["AbsenceAdded"], Absence),
        **types("booking", ["AbsenceRemoved"], AbsenceEnded),
        **types("patient-flow", ["ProviderDelayReported"], Delay),
        **types("patient-flow", ["ProviderDelayCleared"], DelayEnded),
    }
    tables = """
        CREATE TABLE calendar_appointments{g} (
            appointment_id uuid PRIMARY KEY,
            version bigint NOT NULL,
            facility_id uuid NOT NULL,
            status text NOT NULL,
            patient_id uuid,
            visit_type text NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            priority text NOT NULL,
            overridden boolean NOT NULL,
            expires_at timestamptz,
            session_id uuid,
            seats integer
        );
        CREATE TABLE calendar_times{g} (
            appointment_id uuid NOT NULL,
            resource_id uuid NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            PRIMARY KEY (appointment_id, resource_id, starts_at)
        );
        CREATE TABLE calendar_absences{g} (
            absence_id uuid PRIMARY KEY,
            resource_id uuid NOT NULL,
            facility_id uuid NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            reason text NOT NULL
        );
        CREATE TABLE calendar_delays{g} (
            resource_id uuid NOT NULL,
            day date NOT NULL,
            facility_id uuid NOT NULL,
            minutes integer NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            reason_code text,
            PRIMARY KEY (resource_id, day)
        );
    """
    indexes = """
        CREATE INDEX calendar_times_resource{g} ON calendar_times{g} (resource_id, starts_at);
        CREATE INDEX calendar_absences_resource{g} ON calendar_absences{g} (resource_id, starts_at);
    """

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        changes = gather(heard)
        await write_appointments(tables, changes.appointments.values(), changes.begun)
        await write_times(tables, changes.appointments.values(), changes.begun)
        await write_absences(tables, changes.absences)
        await write_delays(tables, changes.delays)
