"""What callers were told, kept beside the system to hold it to its word."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

__all__ = ["Change", "Ledger"]


KINDS = frozenset(("book", "hold", "book hold", "release", "move", "confirm", "cancel"))
"""Of changes."""


@dataclass(frozen=True, slots=True)
class Change:
    """One acknowledged change of an appointment: what it is after it."""

    what: str
    """``book``, ``hold``, ``move`` ..."""
    appointment_id: UUID
    version: int
    status: str
    starts_at: datetime
    ends_at: datetime
    position: str

    @classmethod
    def told(cls, what: str, body: Mapping[str, Any]) -> "Change":
        """Out of an answer."""
        return cls(
            what,
            UUID(body["appointment_id"]),
            int(body["version"]),
            str(body["status"]),
            datetime.fromisoformat(body["starts_at"]),
            datetime.fromisoformat(body["ends_at"]),
            str(body["position"]),
        )


@dataclass(slots=True)
class Ledger:
    """Grows while callers call."""

    changes: list[Change] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """By problem: of those that a caller has to expect."""
    lost: Counter[str] = field(default_factory=Counter)
    """Answers that did not come, or said 503, by kind: each was asked for again under the same key."""
    replayed: int = 0
    """Changes of which only a later answer came: the first one was lost after they were made."""
    surprises: list[str] = field(default_factory=list)
    looks: int = 0
    """Changes that were read back out of the calendar."""
    visible_since: float = 0.0
    """The latest moment (monotonic) such that a change asked for after it has been read back."""

    @property
    def tells_enough(self) -> bool:
        """Whether there is something of each kind to be judged."""
        return {change.what for change in self.changes} >= KINDS and self.looks > 0 and self.replayed > 0

    @property
    def appointments(self) -> frozenset[UUID]:
        return frozenset(change.appointment_id for change in self.changes)
