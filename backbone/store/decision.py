"""The one type through which every change passes, whoever asks: HTTP, a Kafka command, a timer, an event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from backbone.events import DomainEvent
from backbone.store.origin import Origin

__all__ = [
    "Accepted",
    "Claim",
    "Conflict",
    "ConflictKind",
    "Decision",
    "IdempotencyKey",
    "Mark",
    "Occupancy",
    "Outcome",
    "Refusal",
    "Refused",
    "Release",
    "SLOT_MINUTES",
    "Stale",
]

SLOT_MINUTES = 5
"""Length of a slot. A slot's number is the count of slots since 1970-01-01T00:00Z."""

_Taken = Literal["provider", "room", "device", "patient", "seat", "daily-limit", "hold-limit"]
ConflictKind = Literal[_Taken, "template", "lead-time", "absence"]


class Claim(NamedTuple):
    """``owner`` takes one lane of ``resource_id`` in every slot of [first_slot, end_slot).

    An owner has at most one lane of a resource in a slot: where it has one already, that one is kept and
    takes over this claim's expiry. So a hold becomes a booking by claiming again, without a release.
    """

    owner: UUID
    resource_id: UUID
    kind: ConflictKind
    first_slot: int
    end_slot: int
    capacity: int = 1
    """Lanes below it are normal; those from it on are overbookings."""
    overbook: bool = False
    """A named overbooking: takes a lane from ``capacity`` on where the normal ones are taken."""
    expires_at: datetime | None = None
    """A hold: counts as free at any commit at or after this instant."""


@dataclass(frozen=True, slots=True)
class Release:
    """``owner`` gives back its lanes of ``resource_id`` in [first_slot, end_slot)."""

    owner: UUID
    resource_id: UUID
    first_slot: int
    end_slot: int


@dataclass(frozen=True, slots=True)
class Occupancy:
    """A guard: exactly ``owners`` hold claims (not expired) on the resource in [first_slot, end_slot)."""

    resource_id: UUID
    first_slot: int
    end_slot: int
    owners: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One reason why a booking can't stand; never says whose the other booking is."""

    kind: ConflictKind
    starts_at: datetime
    ends_at: datetime
    resource_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision not to do it: the stable problem type (``slot-taken``, ``stale-version``), what to do."""

    type: str
    detail: str
    errors: tuple[Mapping[str, str], ...] = ()
    """Which fields are wrong and how, as in a problem; never with their values."""


class IdempotencyKey(NamedTuple):
    """One attempt's name. The same scope and key with another fingerprint is a misuse (HTTP 422)."""

    scope: str
    """Caller and route, or the event source of a command."""
    key: str
    fingerprint: bytes
    """A hash of the body; empty where the key alone identifies the request, as for Kafka commands."""
    keep_for: timedelta | None = timedelta(hours=24)
    """How long a repetition gets the same answer; None: for ever, as for events of topics without an end."""
    series: str | None = None
    """The answers to keys of one series are numbered 1, 2, 3 ... in the store, without gaps."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall be committed, all or nothing, if everything it was decided on still holds."""

    origin: Origin
    events: tuple[DomainEvent, ...] = ()
    """Of one or several streams; each stream's versions go on from its head without gaps."""
    claims: tuple[Claim, ...] = ()
    releases: tuple[Release, ...] = ()
    reads: Mapping[UUID, int] = field(default_factory=dict)
    """Streams read while deciding and the version seen (0: not there); one that moved makes it stale."""
    occupied: tuple[Occupancy, ...] = ()
    capacities: Mapping[UUID, int] = field(default_factory=dict)
    """Resources whose capacity changes: what is claimed there from now on is counted against the new one."""
    conflicts: tuple[Conflict, ...] = ()
    """Objections of the pure rules: refused in any case, together with every claim that is taken."""
    refusal: Refusal | None = None
    """Already decided against (kept under the key, so that a repetition gets the same answer)."""
    key: IdempotencyKey | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    """JSON body for the asker (no patient data), kept under the key; the web edge adds version, position."""


class Mark(NamedTuple):
    """Where a committed event will be found by a consumer: the topic and its sequence there."""

    topic: str
    stream_id: UUID
    sequence: int


class Accepted(NamedTuple):
    """Committed, durable. ``repeated``: it had been before, under the same key."""

    answer: Mapping[str, Any]
    version: int
    """Version of the decision's first stream after it; where it had no events, of the first that it read."""
    position: int
    marks: tuple[Mark, ...] = ()
    repeated: bool = False


class Refused(NamedTuple):
    """Nothing was changed. ``conflicts`` lists every reason, not the first only."""

    refusal: Refusal
    conflicts: tuple[Conflict, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Stale:
    """What was read has moved; nothing was changed: decide again (or 412, if the caller named a version)."""

    streams: tuple[UUID, ...] = ()


Outcome = Accepted | Refused | Stale
