"""Shows the day that was played: calendars, open tasks, what other systems saw."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cli.demo.evidence import Evidence
from cli.demo.observer import Observer
from cli.demo.playing.shift import Shift
from cli.demo.screen import Screen

__all__ = ["show"]

_CALENDARS = 3


async def show(shift: Shift, observer: Observer, evidence: Evidence, screen: Screen) -> None:
    """Tables: the busiest providers' calendars of day 0, open tasks, events by type."""
    screen.heading("Calendars of the first day")
    names = shift.known.resource_names()
    for resource_id in _busiest(shift, evidence):
        name = names[resource_id]
        zone = shift.files.zones[shift.files.homes[name]]
        start, end = shift.day(0, shift.files.homes[name])
        found = await shift.desk.get(f"/v1/calendars/{resource_id}", {"from": start, "to": end})
        screen.calendar(name, shift.anchor.day0, zone, found.expect(200).body["entries"])
    screen.heading("Work to do, and what other systems saw")
    screen.tasks(list(_open_tasks(observer)), names)
    screen.counts(f"Events seen on Kafka: {observer.counts.total()}", observer.counts)


def _busiest(shift: Shift, evidence: Evidence) -> list[UUID]:
    providers = {
        shift.known.resources[row["resource"]] for row in shift.files.resources if row["kind"] == "provider"
    }
    day0 = shift.anchor.day0
    visits = Counter(
        entry.resource_id
        for entry in evidence.shown
        if entry.resource_id in providers and entry.starts_at.astimezone(ZoneInfo("UTC")).date() == day0
    )
    return [resource_id for resource_id, _ in visits.most_common(_CALENDARS)]


def _open_tasks(observer: Observer) -> Iterator[Mapping[str, Any]]:
    done = {record.stream for record in observer.seen if record.event == "TaskDone"}
    for record in observer.seen:
        if record.event == "TaskOpened" and record.stream not in done:
            yield record.data
