"""The comparisons between ledger, store, Kafka and calendars notice every difference."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from cli.demo.checking.agreement import (
    acknowledged,
    calendars,
    entries,
    no_double_booking,
    stored,
)
from cli.demo.checking.picture import appointments
from cli.demo.ledger import Booking
from tests.cli.demo.records import ENDS, STARTS, appointment, record

DOCTOR, ROOM, PATIENT = uuid4(), uuid4(), uuid4()
ONE, TWO = uuid4(), uuid4()
WHOLE = (datetime.fromisoformat(STARTS), datetime.fromisoformat(ENDS))


def told(**changes: Any) -> Booking:
    booking = Booking(
        label="a001",
        appointment_id=ONE,
        patient="200000",
        facility="Lakeside",
        visit_type="FM-FUP",
        status="booked",
        starts_at=datetime.fromisoformat(STARTS),
        ends_at=datetime.fromisoformat(ENDS),
        times={DOCTOR: WHOLE, ROOM: WHOLE},
        version=1,
    )
    return replace(booking, **changes)


def test_the_latest_event_tells_how_an_appointment_is() -> None:
    seen = [
        record(ONE, 2, appointment(DOCTOR, status="cancelled"), event="AppointmentCancelled", sequence=2),
        record(ONE, 1, appointment(DOCTOR)),
    ]
    assert appointments(seen)[ONE].status == "cancelled"


def test_what_was_told_as_published_agrees() -> None:
    assert acknowledged([told()], appointments([record(ONE, 1, appointment(DOCTOR, ROOM))])).held


@pytest.mark.parametrize(
    "change",
    [
        {"status": "cancelled"},
        {"version": 2},
        {"times": {DOCTOR: WHOLE}},
        {"ends_at": datetime.fromisoformat(STARTS)},
        {"appointment_id": TWO},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_told_otherwise_than_published_is_noticed(change: dict[str, Any]) -> None:
    visits = appointments([record(ONE, 1, appointment(DOCTOR, ROOM))])
    assert not acknowledged([told(**change)], visits).held


def test_an_event_missing_on_kafka_is_noticed() -> None:
    history = {ONE: ["AppointmentBooked", "AppointmentConfirmed"]}
    assert stored(history, history).held
    assert not stored(history, {ONE: ["AppointmentBooked"]}).held
    assert not stored(history, {}).held


def test_a_calendar_that_shows_too_little_or_too_much_is_noticed() -> None:
    entry = {"kind": "appointment", "appointment_id": str(ONE), "status": "booked"}
    shown = frozenset(entries(DOCTOR, {"entries": [entry | {"starts_at": STARTS, "ends_at": ENDS}]}))
    assert calendars(shown, shown).held
    assert not calendars(frozenset(), shown).held
    assert not calendars(shown | {replace(next(iter(shown)), resource_id=ROOM)}, shown).held


def double(first: dict[str, Any], second: dict[str, Any], capacity: dict[UUID, int] | None = None) -> bool:
    seen = [record(ONE, 1, first), record(TWO, 1, second, sequence=2)]
    return not no_double_booking(appointments(seen), capacity or {}).held


def test_one_provider_or_one_patient_twice_at_a_time_is_noticed() -> None:
    assert double(appointment(DOCTOR), appointment(DOCTOR))
    assert double(appointment(DOCTOR, patient=PATIENT), appointment(ROOM, patient=PATIENT))


def test_what_is_not_a_double_booking_is_not_called_one() -> None:
    named = {"of": ["taken"], "reason_code": "urgent"}
    assert not double(appointment(DOCTOR), appointment(ROOM))
    assert not double(appointment(DOCTOR), appointment(DOCTOR, status="cancelled"))
    assert not double(appointment(DOCTOR), appointment(DOCTOR, override=named))
    assert not double(appointment(DOCTOR, session_id=str(TWO)), appointment(DOCTOR, seats=8))
    assert not double(appointment(DOCTOR), appointment(DOCTOR), {DOCTOR: 2})
