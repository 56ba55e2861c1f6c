"""A wish made precise: which resources, from when to when, at which facility. Its rules are in ``rules``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from backbone.local_time import missing_wall_clock, wall_clock
from backbone.making import made
from backbone.store.decision import Refusal
from services.booking.commands.appointments import ResourceWanted
from services.booking.commands.setup import LONGEST_VISIT_MINUTES
from services.booking.setup.catalogue import Setup
from services.booking.setup.facility import Facility
from services.booking.setup.needs import answers_need, assign
from services.booking.setup.resource import Resource
from services.booking.setup.resource_set import ResourceSet
from services.booking.setup.visit_type import VisitType
from services.booking.slots import on_grid, slot_of
from services.booking.values import AssignedResource, Need, PreparationItem

__all__ = ["FARTHEST_AHEAD", "Visit", "Wish", "need_span", "plan_visit"]

FARTHEST_AHEAD = timedelta(days=731)
"""Nothing is booked beyond it; guards over open-ended ranges end there too."""
_NOTHING = timedelta()
_LONGEST = timedelta(minutes=LONGEST_VISIT_MINUTES)


class Wish(NamedTuple):
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


class Visit(NamedTuple):
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
    """The visit, or why there can be none like it at all; whether its time is free is another question."""
    visit_type = setup.visit_types.get(wish.visit_type)
    if visit_type is None:
        return Refusal("not-found", "no such visit type")
    chosen = setup.resource_set(visit_type, wish.ids)
    if chosen is None:
        return Refusal("not-found", "no such resource")
    starts_at = wish.starts_at
    ends_at = wish.ends_at or starts_at + chosen.length
    if visit_type.seats is not None and ends_at != starts_at + chosen.length:
        return Refusal("invalid", "a group visit has one length for all")
    problem = _time_problem(starts_at, ends_at, now) or chosen.problem
    if problem:
        return Refusal("invalid", problem)
    facility = chosen.place if chosen.housed else _by_hours(chosen, setup, starts_at, ends_at)
    if facility is None:
        return Refusal("invalid", "rooms and devices of different facilities")
    if missing_wall_clock(starts_at, facility.zone):
        return Refusal("invalid", f"the clock of {facility.time_zone} jumps over this time on that day")
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    assigned = _assign(chosen, wish.resources, starts_at, ends_at)
    if assigned is None:
        return Refusal("invalid", "these resources do not answer what the visit needs")
    return Visit(facility, visit_type, starts_at, ends_at, assigned, chosen.by_id)


def _time_problem(starts_at: datetime, ends_at: datetime, now: datetime) -> str | None:
    if not (on_grid(starts_at) and on_grid(ends_at)):
        return "times are on the 5-minute grid"
    if starts_at < now:
        return "the time is past"
    if starts_at > now + FARTHEST_AHEAD:
        return f"more than {FARTHEST_AHEAD.days} days ahead"
    if not _NOTHING < ends_at - starts_at <= _LONGEST:
        return f"a visit takes from 5 to {LONGEST_VISIT_MINUTES} minutes"
    return None


def _by_hours(chosen: ResourceSet, setup: Setup, starts_at: datetime, ends_at: datetime) -> Facility | None:
    """Without rooms and devices: where the first provider has hours then."""
    provider = chosen.resources[0]
    home = setup.facilities.get(provider.facility_id)
    first, end, code = slot_of(starts_at), slot_of(ends_at), chosen.visit_type.code
    elsewhere = (f for f in setup.facilities.values() if f is not home and provider.works_at(f.facility_id))
    for facility in (home, *elsewhere):
        if facility and provider.open_bits(facility.facility_id, facility.zone, code, first, end):
            return facility
    return home


def _assign(
    chosen: ResourceSet, wanted: Sequence[ResourceWanted], starts_at: datetime, ends_at: datetime
) -> tuple[AssignedResource, ...] | None:
    if chosen.whole and not wanted:
        # Everything for the whole of the visit, as nearly always.
        if not chosen.suits:
            return None
        return _parts(chosen, [(resource, starts_at, ends_at) for resource in chosen.resources])
    needs = chosen.visit_type.single_needs
    parts = {part.resource_id: part for part in wanted}
    spans = [need_span(need, starts_at, ends_at) for need in needs]
    if any(first >= end or end > ends_at for first, end in spans):
        return None
    span_of = dict(zip(map(id, needs), spans, strict=True))

    def answers(need: Need, resource: Resource) -> bool:
        part = parts.get(resource.resource_id)
        return answers_need(need, resource) and (
            part is None or (part.starts_at, part.ends_at) == span_of[id(need)]
        )

    matched = assign(needs, chosen.resources, answers)
    if matched is None:
        return None
    spans_of = {r.resource_id: span for r, span in zip(matched, spans, strict=True)}
    assigned: list[tuple[Resource, datetime, datetime]] = []
    for resource in chosen.resources:
        part = parts.get(resource.resource_id)
        whole = (
            (part.starts_at.astimezone(UTC), part.ends_at.astimezone(UTC)) if part else (starts_at, ends_at)
        )
        first, end = spans_of.get(resource.resource_id, whole)
        if not (starts_at <= first < end <= ends_at and on_grid(first) and on_grid(end)):
            return None
        assigned.append((resource, first, end))
    return _parts(chosen, assigned)


def _parts(
    chosen: ResourceSet, assigned: Iterable[tuple[Resource, datetime, datetime]]
) -> tuple[AssignedResource, ...]:
    return tuple(
        [
            made(
                AssignedResource,
                {
                    "resource_id": resource.resource_id,
                    "kind": resource.kind,
                    "starts_at": first,
                    "ends_at": end,
                    "busy_from": first - chosen.before,
                    "busy_until": end + chosen.after,
                },
            )
            for resource, first, end in assigned
        ]
    )


def need_span(need: Need, starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """From when to when a visit needs it."""
    first = starts_at + timedelta(minutes=need.from_minute)
    return first, ends_at if need.minutes is None else first + timedelta(minutes=need.minutes)
