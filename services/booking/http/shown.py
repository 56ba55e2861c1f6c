"""States as JSON."""

from typing import Any

from services.booking.appointments.appointment import Appointment
from services.booking.setup.resource import Resource
from services.booking.setup.template import Template
from services.booking.values import WEEKDAYS

__all__ = ["appointment_shown", "resource_in_full", "resource_in_short"]


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


def resource_in_full(resource: Resource) -> dict[str, Any]:
    """With weekly hours, the latest first, and absences."""
    absences = sorted(resource.absences.values(), key=lambda absence: absence.starts_at)
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


def appointment_shown(appointment: Appointment, reason: str | None) -> dict[str, Any]:
    """An appointment, with its reason for those who may read it."""
    hidden = {"reason", "patient_time_of", "resources", "only_held", "held_by"}
    shown = appointment.model_dump(exclude=hidden, exclude_none=True)
    shown["resource_ids"] = appointment.resource_ids
    shown["resources"] = [
        part.model_dump(include={"resource_id", "kind", "starts_at", "ends_at"})
        for part in appointment.resources
    ]
    if reason is not None:
        shown["reason"] = reason
    return shown
