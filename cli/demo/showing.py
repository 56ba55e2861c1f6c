"""Shows the day that was played: agenda, calendars, open tasks, what other systems saw."""

from collections import Counter
from uuid import UUID

from cli.demo.evidence import Evidence
from cli.demo.observer import Observer
from cli.demo.playing.shift import Shift
from cli.demo.screen import Screen

__all__ = ["show"]

_CALENDARS = 3
_FACILITY = "Lakeside"


def show(shift: Shift, observer: Observer, evidence: Evidence, screen: Screen) -> None:
    """Tables, out of what was read."""
    screen.heading("What the clinic sees")
    names = shift.known.resource_names()
    for resource_id in _busiest(shift, evidence):
        calendar = evidence.views.calendars[resource_id]
        screen.calendar(names[resource_id], shift.anchor.day0, calendar["time_zone"], calendar["entries"])
    agenda = evidence.views.agendas[_FACILITY, 0]
    screen.agenda(agenda, {str(id): minutes for id, minutes in evidence.delays.items()})
    starts = {entry.appointment_id: entry.starts_at for entry in evidence.shown}
    screen.tasks(agenda, names, starts)
    screen.heading("What other systems see")
    screen.counts(f"Events on Kafka: {observer.counts.total()}", observer.counts)
    ledger = shift.ledger
    screen.say(
        f"{len(ledger.bookings)} appointments, {ledger.lost_to_colleagues} times a colleague was faster, "
        f"{sum(len(race.refusals) for race in ledger.races)} callers lost a race, "
        f"{len(ledger.refusals)} requests refused as they should be"
    )


def _busiest(shift: Shift, evidence: Evidence) -> list[UUID]:
    """Providers with the most visits on day 0."""
    rows = (row["resource"] for row in shift.files.resources if row["kind"] == "provider")
    providers = {shift.known.resources[name] for name in rows}
    visits = Counter(
        entry.resource_id for entry in evidence.shown if entry.starts_at.date() == shift.anchor.day0
    )
    return [resource_id for resource_id, _ in visits.most_common() if resource_id in providers][:_CALENDARS]
