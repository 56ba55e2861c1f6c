"""Decisions of the clinic, in few words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backbone.ids import new_id
from backbone.store.decision import Claim, Decision, IdempotencyKey, Release
from tests.backbone.store.clinic import ORIGIN, Booked, Cancelled, Held, Moved

__all__ = ["SLOT", "book", "cancel", "hold", "key", "move"]

SLOT = 2016 * 2900 + 100
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def key(name: str, fingerprint: bytes = b"body") -> IdempotencyKey:
    """A key of one caller on one route."""
    return IdempotencyKey("clerk-1 POST /v1/appointments", name, fingerprint)


def book(
    resource: UUID,
    slots: range = range(SLOT, SLOT + 6),
    *,
    owner: UUID | None = None,
    version: int = 1,
    capacity: int = 1,
    overbook: bool = False,
    note: str = "",
    key: IdempotencyKey | None = None,
    reads: Mapping[UUID, int] | None = None,
    answer: Mapping[str, Any] | None = None,
) -> Decision:
    """An appointment with one provider."""
    owner = owner or new_id()
    event = Booked(originator_id=owner, originator_version=version, timestamp=NOW, note=note)
    claim = Claim(owner, resource, "provider", slots.start, slots.stop, capacity, overbook)
    return Decision(
        ORIGIN,
        (event,),
        (claim,),
        reads=reads or {},
        key=key,
        answer=answer or {"appointment_id": str(owner)},
    )


def hold(resource: UUID, owner: UUID, until: datetime, slots: range = range(SLOT, SLOT + 6)) -> Decision:
    """An appointment held until ``until``."""
    event = Held(originator_id=owner, originator_version=1, timestamp=NOW, note="kept for a moment")
    claim = Claim(owner, resource, "provider", slots.start, slots.stop, expires_at=until)
    return Decision(ORIGIN, (event,), (claim,))


def move(resource: UUID, owner: UUID, version: int, old: range, new: range) -> Decision:
    """The appointment at another time."""
    event = Moved(originator_id=owner, originator_version=version, timestamp=NOW)
    return Decision(
        ORIGIN,
        (event,),
        (Claim(owner, resource, "provider", new.start, new.stop),),
        (Release(owner, resource, old.start, old.stop),),
    )


def cancel(resource: UUID, owner: UUID, version: int, slots: range = range(SLOT, SLOT + 6)) -> Decision:
    """The appointment given back."""
    event = Cancelled(originator_id=owner, originator_version=version, timestamp=NOW)
    return Decision(ORIGIN, (event,), (), (Release(owner, resource, slots.start, slots.stop),))
