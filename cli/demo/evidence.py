"""Gathers what the store, Kafka and the views say when the day is over."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cli.demo.checking.agreement import Entry, due_entries, entries
from cli.demo.checking.picture import appointments
from cli.demo.observer import Observer
from cli.demo.playing.shift import Shift
from cli.demo.registering import several
from cli.demo.screen import Screen
from cli.demo.views import Views, late_today, look

__all__ = ["Evidence", "gather", "published_histories"]

_DEADLINE_SECONDS = 30.0
_QUIET_SECONDS = 0.5
_LOOKS, _BETWEEN_LOOKS_SECONDS = 20, 0.25


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found."""

    histories: Mapping[UUID, Sequence[str]]
    """Event types by appointment, from ``GET /v1/appointments/{id}/history``."""
    views: Views
    rebuilt: Views
    """The same after everything was built anew from Kafka."""
    delays: Mapping[UUID, int]
    """Minutes by provider, as today's agendas show them."""

    @property
    def shown(self) -> frozenset[Entry]:
        """The appointments in the calendars."""
        return _shown(self.views)


async def gather(
    shift: Shift, observer: Observer, rebuild: Callable[[], Awaitable[None]], screen: Screen
) -> Evidence:
    """Waits until Kafka has carried everything that was acknowledged, then asks everybody."""
    expected = {booking.appointment_id: booking.version for booking in shift.ledger.bookings.values()}
    with screen.progress("Comparing", 4) as done:
        done("waiting until Kafka has carried everything")
        try:
            await observer.until_seen(expected, _DEADLINE_SECONDS)
        except TimeoutError:
            missing = len(observer.lacks(expected))
            shift.ledger.surprises.append(f"{missing} bookings not on Kafka within {_DEADLINE_SECONDS:.0f} s")
        await observer.until_quiet(_QUIET_SECONDS)
        done("reading the store's histories")
        histories = await _histories(shift, list(expected))
        done("reading calendars and agendas")
        views = await _settled_views(shift, observer)
        delays = await late_today(shift)
        done("building every view anew from Kafka")
        await rebuild()
        return Evidence(histories, views, await look(shift), delays)


def published_histories(observer: Observer) -> Mapping[UUID, Sequence[str]]:
    """Event types by stream, in the order of their versions."""
    streams: defaultdict[UUID, list[tuple[int, str]]] = defaultdict(list)
    for record in observer.seen:
        streams[record.stream].append((record.number("ce_streamversion"), record.text("ce_type")))
    return {stream: [type for _, type in sorted(events)] for stream, events in streams.items()}


async def _histories(shift: Shift, appointments: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    histories: dict[UUID, Sequence[str]] = {}

    async def history(appointment_id: UUID) -> None:
        answer = (await shift.desk.get(f"/v1/appointments/{appointment_id}/history")).expect(200)
        histories[appointment_id] = [event["type"] for event in answer.body["events"]]

    await several(appointments, history)
    return histories


async def _settled_views(shift: Shift, observer: Observer) -> Views:
    """The views once they have caught up with what was seen on Kafka, or as they are after a while."""
    due = due_entries(appointments(observer.seen).values())
    found = await look(shift)
    for _ in range(_LOOKS):
        if _shown(found) == due:
            break
        await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)
        found = await look(shift)
    return found


def _shown(views: Views) -> frozenset[Entry]:
    return frozenset(entry for id, calendar in views.calendars.items() for entry in entries(id, calendar))
