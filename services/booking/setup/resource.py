"""A resource: a provider, a room or a device, with its hours and absences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from services.booking.asking import Asking
from services.booking.events.setup import (
    AbsenceAdded,
    AbsenceRemoved,
    ResourceAdded,
    ResourceChanged,
    ResourceEvent,
    ResourceRetired,
    TemplateChanged,
)
from services.booking.setup.template import Hours, Template, open_bits, replace_template
from services.booking.slots import SLOT_MINUTES, bits_between, slot_after, slot_of
from services.booking.values import AbsenceReason, EffectiveRange, ResourceKind

__all__ = ["Absence", "Resource", "evolve", "happened"]

_DAY = 24 * 60 // SLOT_MINUTES
_DAYS_KEPT = 128
E_ = TypeVar("E_", bound=ResourceEvent)


@dataclass(frozen=True, slots=True)
class Absence:
    """Away from ``starts_at`` up to ``ends_at``."""

    absence_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: AbsenceReason

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether it shares any time with the range."""
        return self.starts_at < ends_at and starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Resource:
    """What it is now."""

    resource_id: UUID
    version: int
    facility_id: UUID
    kind: ResourceKind
    name: str
    specialties: frozenset[str] = frozenset()
    visit_types: frozenset[str] | None = None
    capacity: int = 1
    retired: bool = False
    templates: tuple[Template, ...] = ()
    once_worked_at: frozenset[UUID] = frozenset()
    """Facilities at which it ever had weekly hours; what was booked then may stand there still."""
    absences: Mapping[UUID, Absence] = field(default_factory=lambda: MappingProxyType({}))
    _open: dict[tuple[UUID, ZoneInfo, str, int], int] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Open bits by facility, clock, visit type and UTC day, once they were worked out: bookings and searches
    ask for the same days again and again. Whatever changes the hours makes a new resource, and it empty."""

    def can_serve(self, visit_type: str) -> bool:
        """Whether it takes visits of this type at all."""
        return not self.retired and (self.visit_types is None or visit_type in self.visit_types)

    def works_at(self, facility_id: UUID) -> bool:
        """Whether it belongs to the facility or has weekly hours there."""
        return self.facility_id == facility_id or any(
            hours.facility_id == facility_id for template in self.templates for hours in template.hours
        )

    def may_be_booked_at(self, facility_id: UUID) -> bool:
        """Whether anything of it may stand at the facility, from whatever hours it had."""
        return self.facility_id == facility_id or facility_id in self.once_worked_at

    def open_bits(self, facility_id: UUID, zone: ZoneInfo, visit_type: str, first: int, end: int) -> int:
        """Slots from ``first`` up to ``end`` in which its hours allow the visit type at the facility.

        A room or device for which no hours were ever set is open at its own facility at any time: what a
        provider does there has the provider's hours.
        """
        if not self.can_serve(visit_type):
            return 0
        if self.kind != "provider" and not self.templates:
            return bits_between(0, end - first) if facility_id == self.facility_id else 0
        first_day, last_day = first // _DAY, (end - 1) // _DAY
        bits = 0
        for day in range(first_day, last_day + 1):
            bits |= self._open_on(facility_id, zone, visit_type, day) << (day - first_day) * _DAY
        return bits >> first - first_day * _DAY & bits_between(0, end - first)

    def _open_on(self, facility_id: UUID, zone: ZoneInfo, visit_type: str, day: int) -> int:
        key = (facility_id, zone, visit_type, day)
        bits = self._open.get(key)
        if bits is None:
            if len(self._open) >= _DAYS_KEPT:
                self._open.clear()
            start = day * _DAY
            bits = open_bits(self.templates, facility_id, zone, _serving(visit_type), start, start + _DAY)
            self._open[key] = bits
        return bits

    def absent_bits(self, first: int, end: int) -> int:
        """Slots from ``first`` up to ``end`` in which it is away, be it in part."""
        bits = 0
        for absence in self.absences.values():
            away_from, away_until = slot_of(absence.starts_at) - first, slot_after(absence.ends_at) - first
            bits |= bits_between(max(away_from, 0), max(min(away_until, end - first), 0))
        return bits


def _serving(visit_type: str) -> Callable[[Hours], bool]:
    return lambda hours: hours.serve(visit_type)


def happened(type_: type[E_], asking: Asking, resource: Resource, **more: Any) -> E_:
    """The next event of ``resource``; ``more`` are the event's own fields."""
    return type_(
        originator_id=resource.resource_id,
        originator_version=resource.version + 1,
        timestamp=asking.now,
        resource_id=resource.resource_id,
        facility_id=resource.facility_id,
        **more,
    )


def evolve(resource: Resource | None, event: ResourceEvent) -> Resource | None:
    """The resource after ``event``; None where its beginning is missing."""
    if isinstance(event, ResourceAdded):
        return Resource(
            event.resource_id, event.originator_version, event.facility_id, event.kind, **_details(event)
        )
    return (
        None
        if resource is None
        else replace(resource, version=event.originator_version, **_changes(resource, event))
    )


def _details(event: ResourceAdded | ResourceChanged) -> dict[str, Any]:
    return {
        "name": event.name,
        "specialties": frozenset(event.specialties),
        "visit_types": None if event.visit_types is None else frozenset(event.visit_types),
        "capacity": event.capacity,
    }


def _changes(resource: Resource, event: ResourceEvent) -> dict[str, Any]:
    match event:
        case ResourceChanged():
            return _details(event)
        case ResourceRetired():
            return {"retired": True}
        case TemplateChanged():
            days = EffectiveRange(effective_from=event.effective_from, effective_to=event.effective_to)
            hours = tuple(Hours.of(weekly, event.facility_id) for weekly in event.weekly)
            return {
                "templates": replace_template(resource.templates, Template(days, hours)),
                "once_worked_at": resource.once_worked_at.union(each.facility_id for each in hours),
            }
        case AbsenceAdded():
            absence = Absence(event.absence_id, event.starts_at, event.ends_at, event.reason)
            return {"absences": MappingProxyType({**resource.absences, event.absence_id: absence})}
        case AbsenceRemoved():
            rest = {key: value for key, value in resource.absences.items() if key != event.absence_id}
            return {"absences": MappingProxyType(rest)}
    return {}
