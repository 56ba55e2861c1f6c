"""A small clinic's story: what is set up there, step by step."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from backbone.events import DomainEvent
from backbone.privacy.sealed import Sealed
from backbone.store.decision import Decision
from services.booking.appointments.standing import Standing, Stretch, absence_stretch
from services.booking.commands.setup import (
    AddAbsence,
    AddFacility,
    AddResource,
    AddVisitType,
    SetTemplate,
)
from services.booking.events.patients import PatientRegistered
from services.booking.setup.facility_changes import add_facility
from services.booking.setup.resource_changes import add_resource
from services.booking.setup.time_taken_away import add_absence, set_template
from services.booking.setup.visit_type import add_visit_type
from services.booking.values import ResourceKind
from tests.services.booking.clinic import NOW, Clinic, asking, fold, seal, the

WORKDAYS = ("MO", "TU", "WE", "TH", "FR")


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

    def away(
        self, name: str, starts_at: datetime, ends_at: datetime, reason: str = "surgery", called: str = "away"
    ) -> "Story":
        clinic = self.clinic
        wanted = AddAbsence.model_validate({"starts_at": starts_at, "ends_at": ends_at, "reason": reason})
        resource = clinic.setup.resources[the(name)]
        standing = clinic.standing(absence_stretch(resource, wanted))
        return self.add(add_absence(asking(self.now), resource, the(f"{name} {called}"), wanted, standing))

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


def a_class() -> Story:
    """The same, with a class of two seats."""
    return a_clinic().visit_type("class", 60, seats=2)
