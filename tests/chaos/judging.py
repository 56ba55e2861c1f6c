"""What must hold whatever was killed and frozen: what was told, stored, published, shown, compared purely."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from cli.demo.checking.agreement import calendars, due_entries, stored
from cli.demo.checking.picture import APPOINTMENTS, Visit, appointments
from cli.demo.checking.streams import each_once, well_formed, without_gaps
from cli.demo.checking.verdict import Verdict, verdict
from cli.demo.observer import Seen
from tests.chaos.evidence import Evidence, Happened, happened
from tests.chaos.ledger import Change, Ledger

__all__ = [
    "in_order_of_commit",
    "judge",
    "kept",
    "never_booked_twice",
    "nothing_else",
    "published_histories",
    "rebuilt",
]

STEP = timedelta(minutes=5)
Histories = Mapping[UUID, Sequence[Happened]]


def judge(ledger: Ledger, evidence: Evidence) -> list[Verdict]:
    """Every check, the most important first."""
    seen, published = evidence.seen, published_histories(evidence.seen)
    return [
        kept("in the store", ledger.changes, evidence.histories),
        kept("on Kafka", ledger.changes, published),
        nothing_else(ledger.changes, published),
        stored(_lines(evidence.histories), _lines(published)),
        never_booked_twice(seen),
        calendars(evidence.shown, due_entries(appointments(seen).values())),
        each_once(seen),
        without_gaps(seen),
        in_order_of_commit(seen),
        well_formed(seen),
        rebuilt(evidence.tables, evidence.rebuilt),
        verdict("nothing is set aside", "every projection", evidence.parked, rests_on=1),
        verdict(
            "who asked again was told what was done already",
            f"{ledger.replayed} answers had been lost",
            (),
            rests_on=ledger.replayed,
        ),
        verdict(
            "every answer was one to expect", f"{ledger.looks} looks", ledger.surprises, rests_on=ledger.looks
        ),
    ]


def published_histories(seen: Sequence[Seen]) -> Histories:
    """The appointments' events by appointment, in the order in which a consumer meets them."""
    found: defaultdict[UUID, list[Seen]] = defaultdict(list)
    for record in seen:
        if record.topic == APPOINTMENTS:
            found[record.stream].append(record)
    return {
        stream: [happened(record) for record in sorted(records, key=lambda r: (r.partition, r.offset))]
        for stream, records in found.items()
    }


def _lines(histories: Histories) -> Mapping[UUID, Sequence[str]]:
    return {stream: [str(event) for event in history] for stream, history in histories.items()}


def kept(where: str, changes: Sequence[Change], histories: Histories) -> Verdict:
    """Each change that a caller was told of is there, in the version and as it was told."""

    def lost() -> Iterator[str]:
        for change in changes:
            history = histories.get(change.appointment_id, ())
            if not any(_is(event, change) for event in history):
                yield f"{change.what} of {change.appointment_id} in version {change.version}"

    claim = f"every acknowledged change is {where}"
    return verdict(claim, f"{len(changes)} changes", lost(), rests_on=len(changes))


def _is(event: Happened, change: Change) -> bool:
    told = (change.version, change.status, change.starts_at, change.ends_at)
    return (event.version, event.status, event.starts_at, event.ends_at) == told


def nothing_else(changes: Sequence[Change], histories: Histories) -> Verdict:
    """Nothing happened that nobody was told of, but that a hold ran out.

    Callers ask until they are told: a change that was applied twice, or though its caller was told that it
    was not, shows as an event that answers to no acknowledgement.
    """
    told = {(change.appointment_id, change.version) for change in changes}

    def unasked() -> Iterator[str]:
        for stream, history in histories.items():
            for event in history:
                if (stream, event.version) not in told and ".HoldExpired." not in event.type:
                    yield f"{event.type} of {stream} in version {event.version}"

    basis = f"{sum(map(len, histories.values()))} events"
    return verdict("nothing happened that nobody was told of", basis, unasked(), rests_on=len(histories))


def never_booked_twice(seen: Sequence[Seen]) -> Verdict:
    """At no moment did two visits take one provider, room or patient: every event is replayed, in order."""
    taken: dict[tuple[UUID, datetime], UUID] = {}
    standing: dict[UUID, Visit] = {}
    problems: list[str] = []
    records = [record for record in seen if record.topic == APPOINTMENTS]
    for record in sorted(records, key=lambda record: record.number("ce_position")):
        (visit,) = appointments([record]).values()
        for place in _places(standing.pop(visit.appointment_id, None)):
            if taken.get(place) == visit.appointment_id:
                del taken[place]
        for place in _places(visit):
            owner = taken.setdefault(place, visit.appointment_id)
            if owner != visit.appointment_id:
                problems.append(f"{place[0]} at {place[1]}: {owner} and {visit.appointment_id}")
        standing[visit.appointment_id] = visit
    basis = f"{len(records)} events, one after the other"
    return verdict("nobody and nothing was ever booked twice", basis, problems, rests_on=len(records))


def _places(visit: Visit | None) -> Iterator[tuple[UUID, datetime]]:
    """Whom or what it takes, in steps of the grid."""
    if visit is None or not visit.stands:
        return
    for part in visit.takes:
        moment = part.busy_from
        while moment < part.busy_until:
            yield part.resource_id, moment
            moment += STEP


def in_order_of_commit(seen: Sequence[Seen]) -> Verdict:
    """Positions are 1..n in each service, and rise with the offset, and with the sequence."""
    services: defaultdict[str, list[int]] = defaultdict(list)
    partitions: defaultdict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    sources: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for record in seen:
        position = record.number("ce_position")
        services[record.topic.rpartition(".")[0]].append(position)
        partitions[record.topic, record.partition].append((record.offset, position))
        sources[record.text("ce_source")].append((record.number("ce_sequence"), position))
    problems = [
        f"{service} has {len(positions)} events, the last at {max(positions)}"
        for service, positions in services.items()
        if sorted(positions) != list(range(1, len(positions) + 1))
    ]
    for name, pairs in (*partitions.items(), *sources.items()):
        positions = [position for _, position in sorted(pairs)]
        if positions != sorted(positions):
            problems.append(f"{name} is in another order than the commits")
    return verdict("Kafka has the order of the commits", f"{len(seen)} events", problems, rests_on=len(seen))


def rebuilt(tables: Mapping[str, Counter[str]], anew: Mapping[str, Counter[str]]) -> Verdict:
    """Every table has the rows that it gets when it is built from nothing."""
    problems = [
        f"{name}: {(rows - anew[name]).total()} rows are wrong, {(anew[name] - rows).total()} are missing"
        for name, rows in tables.items()
        if rows != anew[name]
    ]
    count = sum(rows.total() for rows in tables.values())
    return verdict(
        "the projections are what a rebuild makes", f"{count} rows of {len(tables)} tables", problems,
        rests_on=count,
    )  # fmt: skip
