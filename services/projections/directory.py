"""The projection ``directory``: which facilities, visit types and resources there are, and their hours."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from backbone.cloudevents import Record
from services.projections.hearing import Heard, Told, keep_latest, read, types

__all__ = ["Changes", "Facility", "Hours", "Resource", "Template", "VisitType", "fold"]

FACILITY = types("booking", "FacilityAdded", "FacilityChanged")
VISIT_TYPE = types("booking", "VisitTypeAdded", "VisitTypeChanged")
RESOURCE = types("booking", "ResourceAdded", "ResourceChanged")
RETIRED = types("booking", "ResourceRetired")
TEMPLATE = types("booking", "TemplateChanged")
HEARD = FACILITY | VISIT_TYPE | RESOURCE | RETIRED | TEMPLATE


class Facility(Heard):
    """A place with a clock of its own."""

    name: str
    time_zone: str


class VisitType(Heard):
    """A kind of visit."""

    code: str
    name: str


class Resource(Heard):
    """A provider, a room or a device."""

    facility_id: UUID
    kind: str
    name: str
    specialties: tuple[str, ...] = ()


class Retired(Heard):
    """A resource that takes no more bookings; it stays known, because the past refers to it."""

    facility_id: UUID


class Hours(Heard):
    """Open hours on one weekday, by the facility's wall clock; ``to_time`` may be 24:00."""

    day: str
    from_time: str
    to_time: str
    every_weeks: int = 1
    facility_id: UUID | None = None


class Template(Heard):
    """Weekly hours for a range of local days, both included."""

    effective_from: date
    effective_to: date | None = None
    weekly: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch leaves. Templates are all kept: on each day the latest that covers it counts."""

    facilities: dict[UUID, Told[Facility]] = field(default_factory=dict)
    visit_types: dict[str, Told[VisitType]] = field(default_factory=dict)
    resources: dict[UUID, Told[Resource]] = field(default_factory=dict)
    retired: dict[UUID, Told[Retired]] = field(default_factory=dict)
    templates: dict[tuple[UUID, int], Told[Template]] = field(default_factory=dict)


def fold(records: Iterable[Record]) -> Changes:
    """Each kind of event has rows of its own, and carries the whole as it is after."""
    changes = Changes()
    for record in records:
        if record.type in FACILITY:
            facility = Told(record, read(Facility, record))
            keep_latest(changes.facilities, facility.key, facility)
        elif record.type in VISIT_TYPE:
            visit_type = Told(record, read(VisitType, record))
            keep_latest(changes.visit_types, visit_type.event.code, visit_type)
        elif record.type in RESOURCE:
            resource = Told(record, read(Resource, record))
            keep_latest(changes.resources, resource.key, resource)
        elif record.type in RETIRED:
            retired = Told(record, read(Retired, record))
            keep_latest(changes.retired, retired.key, retired)
        elif record.type in TEMPLATE:
            template = Told(record, read(Template, record))
            keep_latest(changes.templates, (template.key, template.version), template)
    return changes
