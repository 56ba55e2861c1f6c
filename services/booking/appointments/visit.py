"""A wish made precise: which resources, from when to when, at which facility, and which rules object."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from backbone.local_time import missing_wall_clock, wall_clock
from backbone.store.decision import Refusal
from services.booking.appointments.needs import assign
from services.booking.commands.appointments import ResourceWanted
from services.booking.commands.setup import LONGEST_VISIT_MINUTES
from services.booking.setup.catalogue import Setup
from services.booking.setup.facility import Facility
from services.booking.setup.resource import Resource
from services.booking.setup.visit_type import VisitType
from services.booking.slots import on_grid, slot_of
from services.booking.values import AssignedResource, Need, PreparationItem

__all__ = ["FARTHEST_AHEAD", "Visit", "Wish", "answers_need", "need_span", "plan_visit"]

FARTHEST_AHEAD = timedelta(days=731)
"""Nothing is booked beyond it; guards over open-ended ranges end there too."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to book; times as the asker wrote them, with their offset."""

    visit_type: str
    starts_at: datetime
    ends_at: datetime | None
    resource_ids: tuple[UUID, ...] = ()
    resources: tuple[ResourceWanted, ...] = ()

    @property
    def ids(self) -> tuple[UUID, ...]:
        """Of the resources that are named, either way."""
        return self.resource_ids or tuple(part.resource_id for part in self.resources)


@dataclass(frozen=True, slots=True)
class Visit:
    """What would be booked."""

    facility: Facility
    visit_type: VisitType
    starts_at: datetime
    ends_at: datetime
    assigned: tuple[AssignedResource, ...]
    resources: Mapping[UUID, Resource]

    @property
    def reads(self) -> dict[UUID, int]:
        """The versions that it was made from."""
        versions = {resource.resource_id: resource.version for resource in self.resources.values()}
        versions[self.facility.facility_id] = self.facility.version
        versions[self.visit_type.visit_type_id] = self.visit_type.version
        return versions

    @property
    def local_start(self) -> str:
        """The facility's wall clock at the start."""
        return wall_clock(self.starts_at, self.facility.zone)

    @property
    def preparation(self) -> tuple[PreparationItem, ...]:
        """What the patient has to do, and until when."""
        return tuple(
            PreparationItem(text=item.text, due_at=self.starts_at - timedelta(hours=item.deadline_hours))
            for item in self.visit_type.preparation
        )


def plan_visit(wish: Wish, setup: Setup, now: datetime) -> Visit | Refusal:
    """The visit, or why there can't be one like it at all (that is not: why its time is not free)."""
    visit_type = setup.visit_types.get(wish.visit_type)
    if visit_type is None:
        return Refusal("not-found", "no such visit type")
    ids = wish.ids
    resources = [setup.resources[i] for i in ids if i in setup.resources]
    if len(resources) != len(ids):
        return Refusal("not-found", "no such resource")
    if len(set(ids)) != len(ids):
        return Refusal("invalid", "a resource is named twice")
    starts_at = wish.starts_at
    ends_at = wish.ends_at or starts_at + timedelta(minutes=visit_type.minutes)
    if visit_type.seats is not None and ends_at != starts_at + timedelta(minutes=visit_type.minutes):
        return Refusal("invalid", "a group visit has one length for all")
    problem = _time_problem(starts_at, ends_at, now) or _resource_problem(resources, visit_type)
    if problem:
        return Refusal("invalid", problem)
    facility = _facility(resources, setup, visit_type, starts_at, ends_at)
    if facility is None:
        return Refusal("invalid", "rooms and devices of different facilities")
    if missing_wall_clock(starts_at, facility.zone):
        return Refusal("invalid", f"the clock of {facility.time_zone} jumps over this time on that day")
    parts = {part.resource_id: part for part in wish.resources}
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    assigned = _assign(visit_type, resources, parts, starts_at, ends_at)
    if assigned is None:
        return Refusal("invalid", "these resources do not answer what the visit needs")
    return Visit(facility, visit_type, starts_at, ends_at, assigned, {r.resource_id: r for r in resources})


def _time_problem(starts_at: datetime, ends_at: datetime, now: datetime) -> str | None:
    if not (on_grid(starts_at) and on_grid(ends_at)):
        return "times are on the 5-minute grid"
    if starts_at < now:
        return "the time is past"
    if starts_at > now + FARTHEST_AHEAD:
        return f"more than {FARTHEST_AHEAD.days} days ahead"
    if not timedelta() < ends_at - starts_at <= timedelta(minutes=LONGEST_VISIT_MINUTES):
        return f"a visit takes from 5 to {LONGEST_VISIT_MINUTES} minutes"
    return None


def _resource_problem(resources: Sequence[Resource], visit_type: VisitType) -> str | None:
    if any(resource.retired for resource in resources):
        return "a resource is retired"
    if not all(resource.can_serve(visit_type.code) for resource in resources):
        return "a resource does not serve this visit type"
    return None


def _facility(
    resources: Sequence[Resource], setup: Setup, visit_type: VisitType, starts_at: datetime, ends_at: datetime
) -> Facility | None:
    """Rooms and devices say where; else the hours that the first provider works then."""
    fixed = {resource.facility_id for resource in resources if resource.kind != "provider"}
    if fixed:
        return setup.facilities.get(fixed.pop()) if len(fixed) == 1 else None
    provider = resources[0]
    home = setup.facilities.get(provider.facility_id)
    first, end = slot_of(starts_at), slot_of(ends_at)
    elsewhere = (f for f in setup.facilities.values() if f is not home and provider.works_at(f.facility_id))
    for facility in (home, *elsewhere):
        if facility and provider.open_bits(facility.facility_id, facility.zone, visit_type.code, first, end):
            return facility
    return home


def _assign(
    visit_type: VisitType,
    resources: Sequence[Resource],
    parts: Mapping[UUID, ResourceWanted],
    starts_at: datetime,
    ends_at: datetime,
) -> tuple[AssignedResource, ...] | None:
    needs = visit_type.single_needs
    if not parts and all(need.from_minute == 0 and need.minutes is None for need in needs):
        # Everything for the whole of the visit, as nearly always.
        if assign(needs, resources, answers_need) is None:
            return None
        return _parts(visit_type, [(resource, starts_at, ends_at) for resource in resources])
    spans = [need_span(need, starts_at, ends_at) for need in needs]
    if any(first >= end or end > ends_at for first, end in spans):
        return None
    span_of = dict(zip(map(id, needs), spans, strict=True))

    def answers(need: Need, resource: Resource) -> bool:
        part = parts.get(resource.resource_id)
        return answers_need(need, resource) and (
            part is None or (part.starts_at, part.ends_at) == span_of[id(need)]
        )

    chosen = assign(needs, resources, answers)
    if chosen is None:
        return None
    spans_of = {r.resource_id: span for r, span in zip(chosen, spans, strict=True)}
    assigned: list[tuple[Resource, datetime, datetime]] = []
    for resource in resources:
        part = parts.get(resource.resource_id)
        whole = (
            (part.starts_at.astimezone(UTC), part.ends_at.astimezone(UTC)) if part else (starts_at, ends_at)
        )
        first, end = spans_of.get(resource.resource_id, whole)
        if not (starts_at <= first < end <= ends_at and on_grid(first) and on_grid(end)):
            return None
        assigned.append((resource, first, end))
    return _parts(visit_type, assigned)


def _parts(
    visit_type: VisitType, assigned: Iterable[tuple[Resource, datetime, datetime]]
) -> tuple[AssignedResource, ...]:
    before = timedelta(minutes=visit_type.buffer_before_minutes)
    after = timedelta(minutes=visit_type.buffer_after_minutes)
    return tuple(
        AssignedResource(
            resource_id=resource.resource_id,
            kind=resource.kind,
            starts_at=first,
            ends_at=end,
            busy_from=first - before,
            busy_until=end + after,
        )
        for resource, first, end in assigned
    )


def need_span(need: Need, starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """From when to when a visit needs it."""
    first = starts_at + timedelta(minutes=need.from_minute)
    return first, ends_at if need.minutes is None else first + timedelta(minutes=need.minutes)


def answers_need(need: Need, resource: Resource) -> bool:
    """Whether the resource is of the kind and specialty that is needed."""
    return resource.kind == need.kind and (need.specialty is None or need.specialty in resource.specialties)
