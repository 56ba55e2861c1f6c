"""A small clinic to tell stories about: what happened there, and what decisions know of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from backbone.events import DomainEvent
from backbone.privacy.sealed import Parts, Sealed, pack
from backbone.store.decision import Decision, Origin, Refusal
from services.booking import appointment as appointments
from services.booking import patient as patients
from services.booking.appointment import Appointment
from services.booking.asking import OVERRIDES_BY_ROLE, Asking
from services.booking.commands.setup import (
    AddAbsence,
    AddFacility,
    AddResource,
    AddVisitType,
    SetTemplate,
)
from services.booking.events.appointments import AppointmentEvent
from services.booking.events.patients import PatientEvent, PatientRegistered
from services.booking.events.setup import SetupEvent
from services.booking.facility import add_facility
from services.booking.group_visit import Session, session_id
from services.booking.patient import Patient
from services.booking.resource_changes import add_resource
from services.booking.setup import Setup
from services.booking.slots import slot_of
from services.booking.time_taken_away import Standing, Stretch, absence_stretch, add_absence, set_template
from services.booking.values import ResourceKind
from services.booking.visit import Visit, Wish, plan_visit
from services.booking.visit_type import add_visit_type
from tests.support.specification import specification

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2030, 3, 4, 8, 0, tzinfo=NEW_YORK)
"""A Monday; the clocks in New York go forward on the Sunday after."""
MONDAY = date(2030, 3, 11)
WORKDAYS = ("MO", "TU", "WE", "TH", "FR")


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
        return self.session_of(session_id(visit))

    def session_of(self, session: UUID) -> Session:
        """The same by its id."""
        seats = tuple(a for a in self.appointments.values() if a.session_id == session and a.live)
        return Session(session, self.appointments.get(session), seats)

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
    return Clinic(setup, booked, known)


given = specification(fold)


def events_of(decision: Decision) -> tuple[DomainEvent, ...]:
    """What a decision that must succeed brings about."""
    assert decision.refusal is None, decision.refusal
    assert decision.conflicts == (), decision.conflicts
    return decision.events


class Story:
    """Events in the order in which they happened."""

    def __init__(self, now: datetime = NOW) -> None:
        self.events: list[DomainEvent] = []
        self.now = now

    @property
    def clinic(self) -> Clinic:
        """What is known by now."""
        return fold(self.events)

    def add(self, decision: Decision) -> "Story":
        """Goes on with a decision."""
        self.events += events_of(decision)
        return self

    def facility(self, name: str, time_zone: str = "America/New_York") -> "Story":
        wanted = AddFacility(name=name, time_zone=time_zone, phone="+12125550100", message_name=name)
        return self.add(add_facility(asking(self.now), the(name), wanted))

    def visit_type(
        self, code: str, minutes: int, needs: Iterable[dict[str, Any]] = (), **more: Any
    ) -> "Story":
        wanted = AddVisitType.model_validate(
            {
                "code": code,
                "name": code,
                "minutes": minutes,
                "needs": list(needs) or [{"kind": "provider"}],
                **more,
            }
        )
        return self.add(add_visit_type(asking(self.now), None, wanted))

    def resource(self, name: str, kind: ResourceKind, facility: str, **more: Any) -> "Story":
        wanted = AddResource.model_validate(
            {"facility_id": the(facility), "kind": kind, "name": name, **more}
        )
        return self.add(add_resource(asking(self.now), the(name), self.clinic.setup, wanted))

    def hours(
        self,
        name: str,
        start: str = "09:00",
        end: str = "17:00",
        days: Iterable[str] = WORKDAYS,
        effective_from: date = date(2030, 1, 1),
        effective_to: date | None = None,
        **more: Any,
    ) -> "Story":
        weekly = [{"day": day, "from": start, "to": end, **more} for day in days]
        wanted = SetTemplate.model_validate(
            {"effective_from": effective_from, "effective_to": effective_to, "weekly": weekly}
        )
        clinic = self.clinic
        resource = clinic.setup.resources[the(name)]
        nothing = Standing(Stretch(resource.resource_id, 0, 0))
        return self.add(set_template(asking(self.now), resource, clinic.setup, wanted, nothing))

    def away(self, name: str, starts_at: datetime, ends_at: datetime, reason: str = "surgery") -> "Story":
        clinic = self.clinic
        wanted = AddAbsence.model_validate({"starts_at": starts_at, "ends_at": ends_at, "reason": reason})
        resource = clinic.setup.resources[the(name)]
        standing = clinic.standing(absence_stretch(resource, wanted))
        return self.add(add_absence(asking(self.now), resource, the(f"{name} away"), wanted, standing))

    def patient(self, name: str) -> "Story":
        stream = the(name)

        def text(path: str) -> Sealed:
            return seal(name, stream=stream, version=1, path=path)

        self.events.append(
            PatientRegistered(
                originator_id=stream,
                originator_version=1,
                timestamp=self.now.astimezone(UTC),
                patient_id=stream,
                family_name=text("family_name"),
                given_names=text("given_names"),
                birth_date=text("birth_date"),
            )
        )
        return self


def a_clinic() -> Story:
    """Main street: Dr Adams and Dr Baker, a room, a scanner; check-ups and scans; Ann and Bob."""
    story = Story().facility("Main")
    story.visit_type("check-up", 30)
    story.visit_type(
        "scan",
        45,
        [
            {"kind": "provider", "specialty": "radiology", "from_minute": 15, "minutes": 30},
            {"kind": "room"},
            {"kind": "device", "minutes": 30},
        ],
        buffer_after_minutes=10,
    )
    story.resource("Adams", "provider", "Main", specialties=["family medicine"])
    story.resource("Baker", "provider", "Main", specialties=["radiology"])
    story.resource("Room 1", "room", "Main")
    story.resource("Scanner", "device", "Main")
    for name in ("Adams", "Baker", "Room 1", "Scanner"):
        story.hours(name)
    return story.patient("Ann").patient("Bob")


def at(hour: int, minute: int = 0, day: date = MONDAY, zone: ZoneInfo = NEW_YORK) -> datetime:
    """A wall clock time."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


LATER = timedelta(minutes=5)
