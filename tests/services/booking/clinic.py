"""A small clinic to tell stories about: what happened there, and what decisions know of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from backbone.events import DomainEvent
from backbone.privacy.sealed import Parts, Sealed, pack
from backbone.store.decision import Refusal
from backbone.store.origin import Origin
from services.booking.appointments import appointment as appointments
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.group_visit import Session, next_session, session_id
from services.booking.appointments.standing import Standing, Stretch
from services.booking.appointments.visit import Visit, Wish, plan_visit
from services.booking.asking import OVERRIDES_BY_ROLE, Asking
from services.booking.events.appointments import AppointmentEvent
from services.booking.events.patients import PatientEvent
from services.booking.events.setup import SetupEvent
from services.booking.events.tasks import TaskEvent
from services.booking.patients import patient as patients
from services.booking.patients.patient import Patient
from services.booking.setup.catalogue import Setup
from services.booking.slots import slot_of
from services.booking.tasks import task as tasks
from services.booking.tasks.open_tasks import OpenTasks
from services.booking.tasks.task import Task
from tests.support.specification import specification

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2030, 3, 4, 8, 0, tzinfo=NEW_YORK)
"""A Monday; the clocks in New York go forward on the Sunday after."""
MONDAY = date(2030, 3, 11)


def the(name: str) -> UUID:
    """The id of what goes by ``name`` in a story."""
    return uuid5(UUID(int=1), name)


def asking(now: datetime = NOW, role: str = "scheduler", **more: Any) -> Asking:
    """A request."""
    origin = Origin("user", "somebody", correlation_id="test")
    return Asking(now.astimezone(UTC), origin, may_override=OVERRIDES_BY_ROLE.get(role, frozenset()), **more)


def seal(text: str, *, stream: UUID, version: int, path: str) -> Sealed:
    """Ciphertext enough for rules that can't read it."""
    return pack(Parts(stream, stream, version, bytes(12), f"{path}={text}".encode() + bytes(16)))


@dataclass(frozen=True)
class Clinic:
    """What decisions know."""

    setup: Setup = field(default_factory=Setup)
    appointments: dict[UUID, Appointment] = field(default_factory=dict)
    patients: dict[UUID, Patient] = field(default_factory=dict)
    tasks: dict[UUID, Task] = field(default_factory=dict)

    def visit(self, visit_type: str, at: datetime, *names: str, now: datetime = NOW, **more: Any) -> Visit:
        """A visit that can be."""
        planned = self.plan(visit_type, at, *names, now=now, **more)
        assert isinstance(planned, Visit), planned
        return planned

    def plan(
        self, visit_type: str, at: datetime, *names: str, now: datetime = NOW, **more: Any
    ) -> Visit | Refusal:
        """A visit, or why there is none like it."""
        ids = tuple(the(name) for name in names)
        return plan_visit(Wish(visit_type, at, more.pop("ends_at", None), ids, **more), self.setup, now)

    def session(self, visit: Visit) -> Session:
        """The group visit that ``visit`` is a seat in, as it stands."""
        standing = (self.session_of(a.appointment_id) for a in self.appointments.values() if a.seats)
        for session in standing:
            if session.appointment and session.appointment.live and session.is_for(visit):
                return session
        found = self.session_of(session_id(visit))
        while not found.is_for(visit):
            found = self.session_of(next_session(found.session_id))
        return found

    def session_of(self, session: UUID) -> Session:
        """The same by its id."""
        seats = tuple(a for a in self.appointments.values() if a.session_id == session and a.live)
        return Session(session, self.appointments.get(session), seats)

    def open_tasks(self, *subjects: UUID) -> OpenTasks:
        """What is to be done about appointments or patients."""
        about = [t for t in self.tasks.values() if t.subject in subjects and not t.done]
        return OpenTasks(subjects, tuple(about))

    def standing(self, stretch: Stretch) -> Standing:
        """Who holds the resource in a stretch."""
        live = [a for a in self.appointments.values() if a.live]
        owners = tuple(
            a
            for a in live
            for part in a.resources
            if a.session_id is None
            and part.resource_id == stretch.resource_id
            and slot_of(part.busy_from) < stretch.end_slot
            and stretch.first_slot < slot_of(part.busy_until)
        )
        seats = tuple(a for a in live if a.session_id in {owner.appointment_id for owner in owners})
        return Standing(stretch, owners, seats)


def fold(events: Iterable[DomainEvent]) -> Clinic:
    """What is known after ``events``."""
    setup = Setup()
    booked: dict[UUID, Appointment] = {}
    known: dict[UUID, Patient] = {}
    to_do: dict[UUID, Task] = {}
    for event in events:
        match event:
            case SetupEvent():
                setup = setup.after(event)
            case AppointmentEvent():
                booked[event.appointment_id] = appointments.evolve(booked.get(event.appointment_id), event)
            case PatientEvent():
                patient = patients.evolve(known.get(event.patient_id), event)
                if patient:
                    known[event.patient_id] = patient
            case TaskEvent():
                task = tasks.evolve(to_do.get(event.task_id), event)
                if task:
                    to_do[event.task_id] = task
    return Clinic(setup, booked, known, to_do)


given = specification(fold)


def at(hour: int, minute: int = 0, day: date = MONDAY, zone: ZoneInfo = NEW_YORK) -> datetime:
    """A wall clock time."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


LATER = timedelta(minutes=5)
