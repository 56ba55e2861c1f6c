"""Appointments' lives as committed events, made quickly: what a store or a topic has after years of use.

Each state is the production model's own JSON, made once a kind of event, with ids and times put in its place.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NamedTuple
from uuid import UUID

from backbone.events import DomainEvent
from backbone.ids import new_id
from backbone.store.committed import CommittedEvent
from bench.decisions import MINUTES, booked_event
from services.booking.events.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentRescheduled,
    Before,
)

__all__ = ["KINDS", "Life", "Pattern", "TOPIC", "lives", "patterns"]

TOPIC = AppointmentBooked.kafka_topic
PLACES = 200
OPEN_AT_ONCE = 10_000
"""So many other appointments are booked between an appointment's first and second event."""
KINDS = ("confirmed", "confirmed", "confirmed", "rescheduled", "cancelled")
"""What becomes of an appointment, in turn."""


class Life(NamedTuple):
    """What an appointment's events have in common."""

    appointment: UUID
    patient: UUID
    provider: UUID
    room: UUID
    starts_at: datetime

    def values(self) -> dict[bytes, bytes]:
        """What is put into a pattern's places."""
        return {
            b"appointment": str(self.appointment).encode(),
            b"patient": str(self.patient).encode(),
            b"provider": str(self.provider).encode(),
            b"room": str(self.room).encode(),
            b"start": _wall_clock(self.starts_at),
            b"end": _wall_clock(self.starts_at + timedelta(minutes=MINUTES)),
        }


class Pattern(NamedTuple):
    """A kind of event: its type, and its state with places to fill."""

    type: str
    state: bytes

    @classmethod
    def of(cls, event: DomainEvent) -> "Pattern":
        """Of an event that has the placeholders' ids and times."""
        state = event.__pydantic_serializer__.to_json(event).replace(b"%", b"%%")
        for name, value in _PLACES.values().items():
            state = state.replace(value, b"%(" + name + b")b")
        return cls(event.event_type(), state)


def patterns() -> Mapping[str, Pattern]:
    """By name: ``booked`` and each of KINDS."""
    begin, day = _PLACES.starts_at, timedelta(days=1)
    booked = booked_event(_FACILITY, _PLACES.provider, _PLACES.room, begin).model_copy(
        update={
            "originator_id": _PLACES.appointment,
            "appointment_id": _PLACES.appointment,
            "patient_id": _PLACES.patient,
            "patient_time_of": (_PLACES.patient,),
        }
    )
    now = {name: getattr(booked, name) for name in type(booked).model_fields} | {"originator_version": 2}
    was_booked = Before(status="booked")
    was_earlier = Before(starts_at=begin - day, ends_at=begin - day + timedelta(minutes=MINUTES))
    events = {
        "booked": booked,
        "confirmed": AppointmentConfirmed(**now | {"status": "confirmed", "before": was_booked}),
        "rescheduled": AppointmentRescheduled(**now | {"by": "patient", "before": was_earlier}),
        "cancelled": AppointmentCancelled(
            **now | {"status": "cancelled", "by": "patient", "before": was_booked}
        ),
    }
    return {name: Pattern.of(event) for name, event in events.items()}


def lives(events: int) -> Iterator[CommittedEvent]:
    """``events`` events in the order of their positions; each appointment has two, far from each other."""
    kinds = patterns()
    providers, rooms = [new_id() for _ in range(PLACES)], [new_id() for _ in range(PLACES)]
    position = 0
    for wave in count():
        first = datetime(2031, 1, 1, tzinfo=UTC) + wave * OPEN_AT_ONCE // PLACES * timedelta(minutes=MINUTES)
        open_now = []
        for n in range(OPEN_AT_ONCE):
            starts_at = first + n // PLACES * timedelta(minutes=MINUTES)
            life = Life(new_id(), new_id(), providers[n % PLACES], rooms[n % PLACES], starts_at)
            open_now.append((life, life.values(), _meta(life)))
        for version in (1, 2):
            for n, (life, values, meta) in enumerate(open_now):
                if position == events:
                    return
                position += 1
                kind = kinds["booked" if version == 1 else KINDS[n % len(KINDS)]]
                now, state = datetime.now(UTC), kind.state % values
                yield CommittedEvent(
                    position, life.appointment, version, kind.type, state, TOPIC, position, meta, now, now
                )


def _meta(life: Life) -> Mapping[str, str]:
    return {
        "auth_type": "app",
        "auth_id": "bench",
        "correlation_id": str(life.appointment),
        "decision_id": str(life.patient),
        "facility_id": str(_FACILITY),
    }


def _wall_clock(instant: datetime) -> bytes:
    return instant.isoformat()[:16].encode()


_FACILITY = UUID(int=5 << 64)
_PLACES = Life(
    appointment=UUID(int=1 << 64),
    patient=UUID(int=2 << 64),
    provider=UUID(int=3 << 64),
    room=UUID(int=4 << 64),
    starts_at=datetime(2001, 1, 1, tzinfo=UTC),
)
"""Stand where a pattern is to be filled."""
