"""All checks of the demo, over all evidence."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from cli.demo.checking.agreement import (
    acknowledged,
    calendars,
    due_entries,
    no_double_booking,
    rebuilt,
    stored,
)
from cli.demo.checking.conduct import absences, delays, no_surprises, overbookings, races, refusals
from cli.demo.checking.picture import appointments
from cli.demo.checking.reading import own_writes
from cli.demo.checking.secrecy import identities, no_identities
from cli.demo.checking.streams import each_once, nothing_set_aside, well_formed, without_gaps
from cli.demo.checking.verdict import Verdict
from cli.demo.evidence import Evidence, published_histories
from cli.demo.observer import Observer
from cli.demo.playing.shift import Shift
from cli.demo.script import parse_calls

__all__ = ["judge"]


def judge(shift: Shift, observer: Observer, evidence: Evidence) -> list[Verdict]:
    """Every check, the most important first."""
    seen, ledger = observer.seen, shift.ledger
    visits = appointments(seen)
    day = parse_calls(shift.files.calls)
    overbooked = frozenset(one.appointment_id for one in ledger.bookings.values() if one.overbooked)
    said = frozenset(call.reason for call in day if call.call in ("book", "book-held", "overbook"))
    secrets = identities(_patients(shift), _public(shift))
    return [
        acknowledged(tuple(ledger.bookings.values()), visits),
        stored(evidence.histories, published_histories(observer)),
        calendars(evidence.shown, due_entries(visits.values())),
        no_double_booking(visits, _capacities(observer)),
        overbookings(overbooked, visits),
        races(ledger.races),
        refusals(ledger.refusals),
        absences(tuple(ledger.absences.values()), seen),
        delays(ledger.delays, evidence.delays, seen),
        own_writes(ledger.glances),
        each_once(seen),
        without_gaps(seen),
        well_formed(seen),
        nothing_set_aside(observer.set_aside, len(seen)),
        no_identities(seen, secrets, said),
        rebuilt(evidence.views.all(), evidence.rebuilt.all()),
        no_surprises(ledger.surprises, len(day)),
    ]


def _capacities(observer: Observer) -> Mapping[UUID, int]:
    added = (record for record in observer.seen if record.event == "ResourceAdded")
    return {record.stream: record.data["capacity"] for record in added}


def _patients(shift: Shift) -> Iterator[Mapping[str, Any]]:
    yield from shift.files.patients
    for call in parse_calls(shift.files.calls):
        if call.call == "register":
            yield call.record


def _public(shift: Shift) -> Iterator[str]:
    """Texts that are on Kafka in plain, rightly: the clinic's own names, kinds of visits, dates."""
    for row in (*shift.files.facilities, *shift.files.resources):
        yield from row.values()
    for kind in shift.files.visit_types:
        yield from (kind["name"], kind["code"], *(item["text"] for item in kind.get("preparation", ())))
    for patient in shift.files.patients:
        yield from (f"{coverage['payer']} {coverage['plan']}" for coverage in patient["coverages"])
    yield from (shift.anchor.day(number).isoformat() for number in range(-2, 30))
