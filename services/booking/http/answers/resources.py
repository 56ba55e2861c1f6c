"""About providers, rooms and devices: what is answered, and how it is made of what they are."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from backbone.web.caller import Caller
from backbone.web.shapes import Page, Shown, Written
from services.booking.setup.resource import Resource
from services.booking.setup.template import Template
from services.booking.values import WEEKDAYS, AbsenceReason, ResourceKind, Weekday

__all__ = [
    "AbsenceAnswer",
    "AbsenceRemovedAnswer",
    "ResourceAnswer",
    "ResourceChangedAnswer",
    "ResourceInFull",
    "ResourcePage",
    "RetiredAnswer",
    "TemplateAnswer",
    "resource_in_full",
    "resource_in_short",
]


class ResourceAnswer(Written):
    """A resource was added."""

    resource_id: UUID


class _Affecting(Written):
    affected: tuple[UUID, ...]
    """Appointments that can't stand as they are; each became a task."""


class ResourceChangedAnswer(_Affecting):
    """A resource was changed."""

    resource_id: UUID


class RetiredAnswer(_Affecting):
    """A resource was retired."""

    resource_id: UUID


class TemplateAnswer(_Affecting):
    """Weekly hours were set."""


class AbsenceAnswer(_Affecting):
    """An absence was added."""

    absence_id: UUID


class AbsenceRemovedAnswer(Written):
    """An absence was removed."""

    absence_id: UUID


class ResourceShown(Shown):
    """A provider, a room or a device."""

    resource_id: UUID
    facility_id: UUID
    kind: ResourceKind
    name: str
    specialties: tuple[str, ...]
    visit_types: tuple[str, ...] | None
    """Codes that it can serve; null: any."""
    capacity: int
    retired: bool
    version: int


class ResourcePage(Page):
    """Resources."""

    resources: tuple[ResourceShown, ...]


class HoursShown(Shown):
    """Open hours on one weekday, by the wall clock."""

    day: Weekday
    opens: str = Field(alias="from")
    closes: str = Field(alias="to")
    every_weeks: int
    facility_id: UUID
    """Where they are worked."""
    visit_types: tuple[str, ...] | None


class TemplateShown(Shown):
    """Weekly hours for a range of local days, both included."""

    effective_from: date
    effective_to: date | None
    weekly: tuple[HoursShown, ...]


class AbsenceShown(Shown):
    """When it is away, and why."""

    absence_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: AbsenceReason


class ResourceInFull(ResourceShown):
    """With its weekly hours, the latest first, and its absences, which patients are not shown."""

    templates: tuple[TemplateShown, ...]
    absences: tuple[AbsenceShown, ...]


def resource_in_short(resource: Resource) -> dict[str, Any]:
    """As in lists."""
    return {
        "resource_id": resource.resource_id,
        "facility_id": resource.facility_id,
        "kind": resource.kind,
        "name": resource.name,
        "specialties": sorted(resource.specialties),
        "visit_types": None if resource.visit_types is None else sorted(resource.visit_types),
        "capacity": resource.capacity,
        "retired": resource.retired,
        "version": resource.version,
    }


def resource_in_full(resource: Resource, caller: Caller) -> dict[str, Any]:
    """With weekly hours, the latest first, and absences: why somebody is away is nothing to patients."""
    known = () if caller.is_patient else resource.absences.values()
    absences = sorted(known, key=lambda absence: absence.starts_at)
    return {
        **resource_in_short(resource),
        "templates": [_template(template) for template in resource.templates],
        "absences": [
            {
                "absence_id": absence.absence_id,
                "starts_at": absence.starts_at,
                "ends_at": absence.ends_at,
                "reason": absence.reason,
            }
            for absence in absences
        ],
    }


def _template(template: Template) -> dict[str, Any]:
    return {
        "effective_from": template.days.effective_from,
        "effective_to": template.days.effective_to,
        "weekly": [
            {
                "day": WEEKDAYS[hours.weekday],
                "from": _wall_clock(hours.from_minute),
                "to": _wall_clock(hours.to_minute),
                "every_weeks": hours.every_weeks,
                "facility_id": hours.facility_id,
                "visit_types": None if hours.visit_types is None else sorted(hours.visit_types),
            }
            for hours in template.hours
        ],
    }


def _wall_clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
