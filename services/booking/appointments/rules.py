"""The rules a visit's time has to keep, and the claims that keep others off it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from backbone.store.decision import Claim, Conflict, Release
from services.booking.appointments.visit import Visit
from services.booking.events.appointments import AppointmentDetails
from services.booking.setup.resource import Resource
from services.booking.slots import bits_between, slot_of, utc_midnight_slot
from services.booking.values import OverrideKind

__all__ = [
    "count_release",
    "daily_limit_id",
    "objections",
    "resource_claims",
    "resource_releases",
    "visit_claims",
    "visit_releases",
]

_DAILY_LIMITS = UUID("b6d2a7a0-2f0e-5a57-9d8e-0a5a6c7f1e02")


def daily_limit_id(facility_id: UUID, visit_type: str) -> UUID:
    """The pseudo-resource whose lanes count the visits of a type at a facility, a slot for each local day."""
    return uuid5(_DAILY_LIMITS, f"{facility_id}/{visit_type}")


def objections(
    visit: Visit, now: datetime, overridden: frozenset[OverrideKind], standing: bool = False
) -> tuple[Conflict, ...]:
    """Every rule that the visit breaks and that is not set aside. An absence can't be: it can be removed.

    ``standing``: a group visit that takes place anyway, so that its hours are settled.
    """
    found = list(_absences(visit))
    if "template" not in overridden and not standing:
        found += _outside_hours(visit)
    earliest = now + timedelta(minutes=visit.visit_type.lead_minutes)
    if "lead-time" not in overridden and visit.starts_at < earliest:
        found.append(Conflict("lead-time", visit.starts_at, earliest))
    return tuple(found)


def _absences(visit: Visit) -> Iterator[Conflict]:
    for part in visit.assigned:
        for absence in visit.resources[part.resource_id].absences.values():
            if absence.overlaps(part.starts_at, part.ends_at):
                yield Conflict(
                    "absence",
                    max(part.starts_at, absence.starts_at),
                    min(part.ends_at, absence.ends_at),
                    part.resource_id,
                )


def _outside_hours(visit: Visit) -> Iterator[Conflict]:
    facility_id, zone, code = visit.facility.facility_id, visit.facility.zone, visit.visit_type.code
    for part in visit.assigned:
        first, end = slot_of(part.starts_at), slot_of(part.ends_at)
        bits = visit.resources[part.resource_id].open_bits(facility_id, zone, code, first, end)
        if bits != bits_between(0, end - first):
            yield Conflict("template", part.starts_at, part.ends_at, part.resource_id)


def visit_claims(
    after: AppointmentDetails, daily_limit: int | None, overridden: frozenset[OverrideKind]
) -> tuple[Claim, ...]:
    """The patient's time and the day's count. A patient's time is never overbooked."""
    owner, until = after.appointment_id, after.expires_at
    first, end = slot_of(after.starts_at), slot_of(after.ends_at)
    claims = [Claim(owner, whose, "patient", first, end, 1, False, until) for whose in after.patient_time_of]
    if daily_limit is not None:
        counter, day = _count(after)
        over = "daily-limit" in overridden
        claims.append(Claim(owner, counter, "daily-limit", day, day + 1, daily_limit, over, until))
    return tuple(claims)


def resource_claims(
    after: AppointmentDetails,
    resources: Mapping[UUID, Resource],
    overridden: frozenset[OverrideKind] = frozenset(),
) -> tuple[Claim, ...]:
    """Each resource's time, with its buffers."""
    return tuple(
        Claim(
            after.appointment_id,
            part.resource_id,
            part.kind,
            slot_of(part.busy_from),
            slot_of(part.busy_until),
            resources[part.resource_id].capacity,
            "taken" in overridden,
            after.expires_at,
        )
        for part in after.resources
    )


def visit_releases(was: AppointmentDetails) -> tuple[Release, ...]:
    """Gives back what ``visit_claims`` took."""
    first, end = slot_of(was.starts_at), slot_of(was.ends_at)
    return (
        *(Release(was.appointment_id, whose, first, end) for whose in was.patient_time_of),
        count_release(was),
    )


def count_release(was: AppointmentDetails) -> Release:
    """Takes it out of the day's count."""
    counter, day = _count(was)
    return Release(was.appointment_id, counter, day, day + 1)


def resource_releases(was: AppointmentDetails) -> tuple[Release, ...]:
    """Gives back what ``resource_claims`` took."""
    return tuple(
        Release(was.appointment_id, part.resource_id, slot_of(part.busy_from), slot_of(part.busy_until))
        for part in was.resources
    )


def _count(appointment: AppointmentDetails) -> tuple[UUID, int]:
    day = date.fromisoformat(appointment.local_start[:10])
    return daily_limit_id(appointment.facility_id, appointment.visit_type), utc_midnight_slot(day)
