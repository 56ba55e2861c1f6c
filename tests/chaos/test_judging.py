"""The judgement sees each fault that it is there for: made-up records, right and then spoiled."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cli.demo.checking.verdict import Verdict
from cli.demo.observer import Seen
from tests.chaos.evidence import happened
from tests.chaos.judging import (
    in_order_of_commit,
    kept,
    never_booked_twice,
    nothing_else,
    published_histories,
    rebuilt,
)
from tests.chaos.ledger import Change

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
PROVIDER, ANA, BEN = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST, SECOND = UUID(int=11), UUID(int=12)


def record(
    position: int,
    stream: UUID,
    version: int,
    kind: str,
    status: str,
    patient: UUID,
    starts_at: datetime = NINE,
    **other: Any,
) -> Seen:
    """An appointment's event as it lies on Kafka, alone in its partition."""
    times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + QUARTER).isoformat()}
    busy = {"busy_from": times["starts_at"], "busy_until": times["ends_at"]}
    resources = [{"resource_id": str(PROVIDER), **times, **busy}]
    data = {"status": status, "patient_id": str(patient), **times, "resources": resources, **other}
    headers = {
        "ce_type": f"almanac.booking.{kind}.v1",
        "ce_source": "https://almanac.example/booking/appointments",
        **{name: f"{n:020}" for name, n in (("ce_sequence", position), ("ce_position", position))},
        "ce_streamversion": f"{version:020}",
    }
    return Seen(
        topic="almanac.booking.appointments",
        partition=stream.int % 12,
        offset=position,
        key=str(stream).encode(),
        headers={name: value.encode() for name, value in headers.items()},
        value=json.dumps(data).encode(),
    )


BOOKED = record(1, FIRST, 1, "AppointmentBooked", "booked", ANA)
MOVED = record(2, FIRST, 2, "AppointmentRescheduled", "booked", ANA, NINE + QUARTER)
AFTER = record(3, SECOND, 1, "SlotHeld", "held", BEN)
OVER = record(4, SECOND, 2, "HoldExpired", "cancelled", BEN)
DAY = (BOOKED, MOVED, AFTER, OVER)


def told(what: str, event: Seen) -> Change:
    """The acknowledgement that belongs to an event."""
    as_it_is = happened(event)
    return Change(
        what, event.stream, as_it_is.version, as_it_is.status, as_it_is.starts_at, as_it_is.ends_at, ""
    )


CHANGES = [told("book", BOOKED), told("move", MOVED), told("hold", AFTER)]


def kept_and_nothing_else(seen: Sequence[Seen]) -> list[Verdict]:
    published = published_histories(seen)
    return [kept("on Kafka", CHANGES, published), nothing_else(CHANGES, published)]


def test_what_was_told_and_a_hold_that_ran_out_is_all_that_happened() -> None:
    assert all(each.held for each in kept_and_nothing_else(DAY))
    assert never_booked_twice(DAY).held
    assert in_order_of_commit(DAY).held


def test_an_acknowledged_change_that_is_lost_is_seen() -> None:
    lost, _ = kept_and_nothing_else((BOOKED, AFTER, OVER))
    assert len(lost.problems) == 1
    changed = replace(MOVED, value=MOVED.value.replace(b"booked", b"confirmed"))
    altered, _ = kept_and_nothing_else((BOOKED, changed, AFTER, OVER))
    assert len(altered.problems) == 1


def test_a_change_applied_twice_is_seen() -> None:
    again = record(5, FIRST, 3, "AppointmentRescheduled", "booked", ANA, NINE + QUARTER)
    elsewhere = record(6, UUID(int=13), 1, "AppointmentBooked", "booked", BEN, NINE + 9 * QUARTER)
    _, more = kept_and_nothing_else((*DAY, again, elsewhere))
    assert len(more.problems) == 2


@pytest.mark.parametrize(
    "rival",
    [
        record(2, SECOND, 1, "AppointmentBooked", "booked", BEN, NINE + timedelta(minutes=10)),
        record(2, SECOND, 1, "SlotHeld", "held", BEN, NINE - timedelta(minutes=10)),
    ],
    ids=["books into it", "holds into it"],
)
def test_a_double_booking_is_seen_even_where_it_is_cancelled_later(rival: Seen) -> None:
    cancelled = record(3, FIRST, 2, "AppointmentCancelled", "cancelled", ANA)
    assert never_booked_twice((BOOKED, cancelled, replace_position(rival, 4))).held
    verdict = never_booked_twice((BOOKED, rival, cancelled))
    assert verdict.problems[0].startswith(str(PROVIDER))


def test_a_patient_in_two_places_is_seen() -> None:
    other = UUID(int=9)
    value = BOOKED.value.replace(str(PROVIDER).encode(), str(other).encode())
    elsewhere = replace(BOOKED, key=str(SECOND).encode(), value=value)
    verdict = never_booked_twice((BOOKED, replace_position(elsewhere, 2)))
    assert all(problem.startswith(str(ANA)) for problem in verdict.problems)
    assert len(verdict.problems) == 3


def replace_position(event: Seen, position: int) -> Seen:
    number = f"{position:020}".encode()
    return replace(event, headers={**event.headers, "ce_position": number, "ce_sequence": number})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: (BOOKED, MOVED, OVER),
        lambda: (BOOKED, replace_position(MOVED, 1), AFTER, OVER),
        lambda: (BOOKED, replace(MOVED, offset=0), AFTER, OVER),
        lambda: (BOOKED, replace(MOVED, headers={**MOVED.headers, "ce_sequence": b"9"}), AFTER, OVER),
    ],
    ids=["a gap", "a position twice", "another order in the partition", "another order of sequences"],
)
def test_gaps_and_another_order_are_seen(spoil: Callable[[], Sequence[Seen]]) -> None:
    assert not in_order_of_commit(spoil()).held


def test_a_table_that_differs_from_its_rebuild_is_seen() -> None:
    rows = {"calendars": Counter(["(a)", "(b)"])}
    assert rebuilt(rows, rows).held
    assert not rebuilt(rows, {"calendars": Counter(["(a)", "(b)", "(b)"])}).held
    assert not rebuilt(rows, {"calendars": Counter(["(a)", "(c)"])}).held
    assert not rebuilt({"calendars": Counter[str]()}, {"calendars": Counter[str]()}).held
