"""The small things that events, states and requests are made of."""

from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict

__all__ = [
    "AbsenceReason",
    "AppointmentStatus",
    "AssignedResource",
    "By",
    "EffectiveRange",
    "Need",
    "Override",
    "OverrideKind",
    "Preparation",
    "PreparationItem",
    "Priority",
    "RELATIONSHIPS",
    "RelationshipCode",
    "ResourceKind",
    "TaskKind",
    "Value",
    "WEEKDAYS",
    "Weekday",
    "WeeklyHours",
]

ResourceKind = Literal["provider", "room", "device"]
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""Monday first, as Python counts."""
AbsenceReason = Literal["surgery", "off-site", "meeting", "leave", "maintenance", "other"]
OverrideKind = Literal["taken", "template", "lead-time", "daily-limit"]
By = Literal["patient", "clinic", "other"]
"""Who wanted it; who typed it is in the event's metadata."""
Priority = Literal["emergency", "urgent", "soon", "routine"]
"""The triage's answer, most pressing first."""
RelationshipCode = Literal[
    "parent", "mother", "father", "guardian", "spouse", "partner", "child", "daughter", "son", "sibling",
    "sister", "brother", "grandparent", "grandchild", "relative", "friend", "neighbour", "carer", "other",
]  # fmt: skip
"""Whose a contact is, seen from the patient, in words that name nobody."""
RELATIONSHIPS: frozenset[str] = frozenset(get_args(RelationshipCode))
AppointmentStatus = Literal["held", "booked", "confirmed", "cancelled", "entered-in-error"]
"""Those of the contract that booking decides; arrival and what follows belong to patient flow."""
TaskKind = Literal["rebook", "possible-duplicate", "approve-erasure"]


class Value(BaseModel):
    """Immutable, equal by content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(Value):
    """What a visit takes: ``count`` resources of a kind, for the whole visit or for a part of it."""

    kind: ResourceKind
    """Which kind of resource."""
    specialty: str | None = None
    """The specialty that it must have; null: any."""
    count: int = 1
    """How many such resources."""
    from_minute: int = 0
    """From how many minutes after the visit's start."""
    minutes: int | None = None
    """For how many minutes; null: until the visit's end."""


class Preparation(Value):
    """What a patient has to do before a visit of this type, and by when."""

    text: str
    """As the patient is told."""
    deadline_hours: int
    """At the latest this many hours before the visit's start."""


class PreparationItem(Value):
    """One thing to do before one appointment."""

    text: str
    """As the patient is told."""
    due_at: datetime
    """By when."""
    confirmed_at: datetime | None = None
    """When the patient said that it is done; null: not yet."""


class WeeklyHours(Value):
    """Open hours on one weekday, by the wall clock of the facility."""

    day: Weekday
    """The weekday, by the facility's calendar."""
    from_time: str
    """``HH:MM``, on the five-minute grid."""
    to_time: str
    """``HH:MM``, on the five-minute grid, not included; ``24:00`` is the end of the day."""
    every_weeks: int = 1
    """1: every week; 2: every other week, counted from the week that ``effective_from`` lies in."""
    facility_id: UUID | None = None
    """Where these hours are worked; null: at the resource's own facility."""
    visit_types: tuple[str, ...] | None = None
    """Codes of the visit types that these hours are kept for; null: all."""


class AssignedResource(Value):
    """A resource's part in an appointment."""

    resource_id: UUID
    """The provider, room or device."""
    kind: ResourceKind
    """Which kind of need it answers."""
    starts_at: datetime
    """When its part begins, buffers not counted."""
    ends_at: datetime
    """When its part ends, buffers not counted; not included."""
    busy_from: datetime
    """``starts_at`` less the buffer before: from here until ``busy_until`` it is nobody else's."""
    busy_until: datetime
    """``ends_at`` and the buffer after; not included."""


class Override(Value):
    """Rules of booking that were set aside on purpose."""

    of: tuple[OverrideKind, ...]
    """The rules that were set aside."""
    reason_code: str
    """Why, in the installation's own codes."""


class EffectiveRange(Value):
    """Local days, both included; ``effective_to`` None: until replaced."""

    effective_from: date
    effective_to: date | None = None

    def covers(self, day: date) -> bool:
        """Whether ``day`` lies in it."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def encloses(self, other: "EffectiveRange") -> bool:
        """Whether every day of ``other`` lies in it."""
        if other.effective_to is None:
            return self.effective_to is None and self.effective_from <= other.effective_from
        return self.covers(other.effective_from) and self.covers(other.effective_to)
