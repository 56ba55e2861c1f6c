"""The appointments as another system makes them out of the events, knowing nothing but the topic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cli.demo.observer import Seen

__all__ = ["APPOINTMENTS", "Part", "Visit", "appointments"]

APPOINTMENTS = "almanac.booking.appointments"


@dataclass(frozen=True, slots=True)
class Part:
    """Who or what a visit needs, and keeps busy, buffers included."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment after its last event."""

    appointment_id: UUID
    status: str
    starts_at: datetime
    ends_at: datetime
    patient_id: UUID | None
    resource_ids: frozenset[UUID]
    parts: tuple[Part, ...]
    overbooked: bool
    session_id: UUID | None
    events: int

    @property
    def stands(self) -> bool:
        return self.status in ("held", "booked", "confirmed")

    @property
    def takes(self) -> tuple[Part, ...]:
        """What it takes for itself: a seat takes nothing of its session's resources."""
        own = () if self.session_id else self.parts
        time = (self.starts_at, self.ends_at)
        patient = (Part(self.patient_id, *time, *time),) if self.patient_id else ()
        return own + patient


def appointments(seen: Sequence[Seen]) -> Mapping[UUID, Visit]:
    """Every appointment on the topic, as its latest event tells it."""
    latest: dict[UUID, Seen] = {}
    for record in seen:
        if record.topic == APPOINTMENTS:
            known = latest.get(record.stream)
            if known is None or known.number("ce_streamversion") < record.number("ce_streamversion"):
                latest[record.stream] = record
    return {stream: _visit(stream, record) for stream, record in latest.items()}


def _visit(stream: UUID, record: Seen) -> Visit:
    data = record.data
    return Visit(
        appointment_id=stream,
        status=data["status"],
        starts_at=datetime.fromisoformat(data["starts_at"]),
        ends_at=datetime.fromisoformat(data["ends_at"]),
        patient_id=UUID(data["patient_id"]) if data.get("patient_id") else None,
        resource_ids=_ids(data.get("resource_ids") or [part["resource_id"] for part in data["resources"]]),
        parts=tuple(_part(part) for part in data["resources"]),
        overbooked="taken" in ((data.get("override") or {}).get("of") or ()),
        session_id=UUID(data["session_id"]) if data.get("session_id") else None,
        events=record.number("ce_streamversion"),
    )


def _part(part: Mapping[str, Any]) -> Part:
    times = (part[name] for name in ("starts_at", "ends_at", "busy_from", "busy_until"))
    return Part(UUID(part["resource_id"]), *map(datetime.fromisoformat, times))


def _ids(values: Iterable[str]) -> frozenset[UUID]:
    return frozenset(UUID(value) for value in values)
