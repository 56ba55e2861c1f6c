"""What was acknowledged, what is stored, what is on Kafka, what the calendars show: one and the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any
from uuid import UUID

from cli.demo.checking.picture import Part, Visit
from cli.demo.checking.verdict import Verdict, verdict
from cli.demo.ledger import Booking

__all__ = [
    "Entry",
    "acknowledged",
    "calendars",
    "due_entries",
    "entries",
    "no_double_booking",
    "rebuilt",
    "stored",
]


def acknowledged(bookings: Sequence[Booking], visits: Mapping[UUID, Visit]) -> Verdict:
    """Each booking that the desk was told of is on Kafka as it was told."""
    problems = [f"{one.label}: {what}" for one in bookings for what in _differences(one, visits)]
    return verdict(
        "every acknowledged booking is on Kafka as acknowledged", f"{len(bookings)} bookings", problems,
        rests_on=len(bookings),
    )  # fmt: skip


def _differences(told: Booking, visits: Mapping[UUID, Visit]) -> Iterator[str]:
    visit = visits.get(told.appointment_id)
    if visit is None:
        yield "is not there"
        return
    if told.status != visit.status:
        yield f"was told {told.status}, is {visit.status}"
    if (told.starts_at, told.ends_at) != (visit.starts_at, visit.ends_at):
        yield "has another time"
    if told.resource_ids != visit.resource_ids:
        yield "has other resources"
    if told.version != visit.events:
        yield f"was told version {told.version}, has {visit.events} events"


def stored(histories: Mapping[UUID, Sequence[str]], published: Mapping[UUID, Sequence[str]]) -> Verdict:
    """Event types by appointment: the store's history is what Kafka carries, neither less nor more."""
    problems = [
        f"{stream}: stored {len(history)}, published {len(published.get(stream, ()))}"
        for stream, history in histories.items()
        if list(history) != list(published.get(stream, ()))
    ]
    basis = f"{sum(map(len, histories.values()))} events of {len(histories)} appointments"
    return verdict("the store and Kafka tell the same history", basis, problems, rests_on=len(histories))


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment in one resource's calendar."""

    resource_id: UUID
    appointment_id: UUID
    status: str
    starts_at: datetime
    ends_at: datetime


def entries(resource_id: UUID, calendar: Mapping[str, Any]) -> Iterator[Entry]:
    """The appointments in an answer of ``GET /v1/calendars/{resource_id}`` that take time."""
    for entry in calendar["entries"]:
        starts_at, ends_at = (datetime.fromisoformat(entry[name]) for name in ("starts_at", "ends_at"))
        # A session of a group visit holds its seats.
        for one in (entry, *entry.get("attendees", ())) if entry["kind"] == "appointment" else ():
            if one["status"] in ("held", "booked", "confirmed"):
                yield Entry(resource_id, UUID(one["appointment_id"]), one["status"], starts_at, ends_at)


def due_entries(visits: Iterable[Visit]) -> frozenset[Entry]:
    """What calendars must show of the visits that stand; a seat shows beside its session."""
    return frozenset(
        Entry(part.resource_id, visit.appointment_id, visit.status, part.starts_at, part.ends_at)
        for visit in visits
        if visit.stands
        for part in visit.parts
    )


def calendars(shown: frozenset[Entry], expected: frozenset[Entry]) -> Verdict:
    """The calendars show every visit that stands, as it stands, and no other."""
    problems = [f"{entry.appointment_id} is missing in a calendar" for entry in expected - shown]
    problems += [
        f"{entry.appointment_id} is in a calendar, but not so on Kafka" for entry in shown - expected
    ]
    basis = f"{len(expected)} entries of {len({entry.resource_id for entry in expected})} calendars"
    return verdict("the calendars show what Kafka says", basis, problems, rests_on=len(expected))


def rebuilt(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> Verdict:
    """Views built anew from Kafka alone show the same; only their position in the topics is another."""
    problems = [
        f"the {name} is another" for name, view in before.items() if _content(view) != _content(after[name])
    ]
    return verdict("views built anew show the same", f"{len(before)} views", problems, rests_on=len(before))


def _content(view: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name != "position"}


def no_double_booking(visits: Mapping[UUID, Visit], capacities: Mapping[UUID, int]) -> Verdict:
    """No two visits want one provider, room, device or patient at one time, but for overbookings by name."""
    busy: dict[UUID, list[tuple[Part, Visit]]] = {}
    for visit in visits.values():
        for part in visit.takes if visit.stands else ():
            busy.setdefault(part.resource_id, []).append((part, visit))
    problems = [
        f"{resource_id} is taken twice from {max(one.busy_from, two.busy_from)}"
        for resource_id, parts in busy.items()
        if capacities.get(resource_id, 1) == 1
        for (one, first), (two, second) in combinations(parts, 2)
        if one.busy_from < two.busy_until and two.busy_from < one.busy_until
        if not (first.overbooked or second.overbooked)
    ]
    basis = f"{sum(visit.stands for visit in visits.values())} standing visits, {len(busy)} calendars"
    return verdict("nobody and nothing is booked twice by accident", basis, problems, rests_on=len(busy))
