"""Gathers what the store, Kafka and the calendars say when the day is over."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cli.demo.checking.agreement import Entry, due_entries, entries
from cli.demo.checking.picture import appointments
from cli.demo.observer import Observer
from cli.demo.playing.shift import Shift
from cli.demo.registering import several
from cli.demo.screen import Screen

__all__ = ["Evidence", "gather", "published_histories"]

_DEADLINE_SECONDS = 30.0
_QUIET_SECONDS = 0.5
_LOOKS, _BETWEEN_LOOKS_SECONDS = 20, 0.25
_DAYS = 14

Calendars = Mapping[UUID, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found."""

    histories: Mapping[UUID, Sequence[str]]
    """Event types by appointment, from ``GET /v1/appointments/{id}/history``."""
    calendars: Calendars
    """The two weeks of every resource, as shown."""
    rebuilt: Calendars
    """The same after everything was built anew from Kafka."""

    @property
    def shown(self) -> frozenset[Entry]:
        """The appointments in the calendars."""
        return _shown(self.calendars)


async def gather(
    shift: Shift, observer: Observer, rebuild: Callable[[], Awaitable[None]], screen: Screen
) -> Evidence:
    """Waits until Kafka has carried everything that was acknowledged, then asks everybody."""
    expected = {booking.appointment_id: booking.version for booking in shift.ledger.bookings.values()}
    try:
        await observer.until_seen(expected, _DEADLINE_SECONDS)
    except TimeoutError:
        missing = len(observer.lacks(expected))
        shift.ledger.surprises.append(f"{missing} bookings not on Kafka within {_DEADLINE_SECONDS:.0f} s")
    await observer.until_quiet(_QUIET_SECONDS)
    histories: dict[UUID, Sequence[str]] = {}

    async def history(appointment_id: UUID) -> None:
        answer = (await shift.desk.get(f"/v1/appointments/{appointment_id}/history")).expect(200)
        histories[appointment_id] = [event["type"] for event in answer.body["events"]]

    await several(expected, history)
    calendars = await _settled_calendars(shift, observer)
    with screen.progress("Building calendars anew", 1) as done:
        await rebuild()
        done("every projection from Kafka alone")
    return Evidence(histories, calendars, await _calendars(shift))


def published_histories(observer: Observer) -> Mapping[UUID, Sequence[str]]:
    """Event types by stream, in the order of their versions."""
    streams: defaultdict[UUID, list[tuple[int, str]]] = defaultdict(list)
    for record in observer.seen:
        streams[record.stream].append((record.number("ce_streamversion"), record.text("ce_type")))
    return {stream: [type for _, type in sorted(events)] for stream, events in streams.items()}


async def _settled_calendars(shift: Shift, observer: Observer) -> Calendars:
    """The calendars once they have caught up with what was seen on Kafka, or as they are after a while."""
    due = due_entries(appointments(observer.seen).values())
    found = await _calendars(shift)
    for _ in range(_LOOKS):
        if _shown(found) == due:
            break
        await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)
        found = await _calendars(shift)
    return found


def _shown(calendars: Calendars) -> frozenset[Entry]:
    return frozenset(entry for id, calendar in calendars.items() for entry in entries(id, calendar))


async def _calendars(shift: Shift) -> Calendars:
    found: dict[UUID, Mapping[str, Any]] = {}

    async def calendar(name: str) -> None:
        zone = shift.files.zones[shift.files.homes[name]]
        period = {
            "from": shift.anchor.instant(0, "00:00", zone).isoformat(),
            "to": shift.anchor.instant(_DAYS, "00:00", zone).isoformat(),
        }
        resource_id = shift.known.resources[name]
        found[resource_id] = (await shift.desk.get(f"/v1/calendars/{resource_id}", period)).expect(200).body

    await several(shift.known.resources, calendar)
    return found
