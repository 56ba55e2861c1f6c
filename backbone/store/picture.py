"""All that a batch needs to know, read under the lock, and brought forward decision by decision."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backbone.store.decision import Accepted, IdempotencyKey, Mark, Refused
from backbone.store.lanes import Lanes
from backbone.store.prepared import EventRow

__all__ = ["Kept", "KeyRow", "Picture", "Placed"]


class Kept(NamedTuple):
    """What was answered under an idempotency key."""

    fingerprint: bytes
    outcome: Accepted | Refused


class KeyRow(NamedTuple):
    """An answer to keep. ``answer`` is the accepted one's body, already encoded."""

    key: IdempotencyKey
    outcome: Accepted | Refused
    answer: str


class Placed(NamedTuple):
    """An event that is part of the batch, with its place in the store and in its topic."""

    row: EventRow
    position: int
    sequence: int


@dataclass(slots=True)
class Picture:
    """Heads, positions, keys and claims as they stand after what the batch has admitted so far."""

    now: datetime
    position: int = 0
    heads: dict[UUID, int] = field(default_factory=dict)
    """Version of each stream; one that is missing has no events."""
    sequences: dict[str, int] = field(default_factory=dict)
    keys: dict[tuple[str, str], Kept] = field(default_factory=dict)
    lanes: Lanes = field(default_factory=Lanes)
    weeks: dict[tuple[UUID, int], int] = field(default_factory=dict)
    """Busy bits as stored."""
    placed: list[Placed] = field(default_factory=list)
    answers: list[KeyRow] = field(default_factory=list)

    def place(self, row: EventRow) -> Mark:
        """Gives an event the next position and the next sequence of its topic."""
        self.position += 1
        sequence = self.sequences.get(row.kafka_topic, 0) + 1
        self.sequences[row.kafka_topic] = sequence
        self.heads[row.stream_id] = row.version
        self.placed.append(Placed(row, self.position, sequence))
        return Mark(row.kafka_topic, row.stream_id, sequence)

    def keep(self, key: IdempotencyKey, outcome: Accepted | Refused, answer: str) -> None:
        """Remembers the answer to a key."""
        self.keys[key.scope, key.key] = Kept(key.fingerprint, outcome)
        self.answers.append(KeyRow(key, outcome, answer))
