"""Where a relay goes on, and what Kafka has lost: decided from what Kafka has, purely."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backbone.cloudevents.encode import StoredRow
from backbone.cloudevents.partition import partition_of
from backbone.relay.tail import Tail

__all__ = ["Resume", "lost", "resume"]

Tails = Mapping[tuple[str, int], Tail]

CHECKED_BACK = 10_000
"""Positions before the tail that are compared with it at each start."""


@dataclass(frozen=True, slots=True)
class Resume:
    """What a new leader does first, and where it goes on."""

    after: int
    """Publish what follows this position."""
    check_from: int
    """From here up to ``after``, compare Kafka with the store."""
    kafka_lost: bool
    """Kafka has less than the relay once knew it had."""


def resume(tails: Tails, cursor: int, topics_missed: bool = False) -> Resume:
    """Go on after the highest position in Kafka; the cursor counts only where retention emptied all of it.

    A cursor above the tail means that Kafka lost its disk, or the end of it: then everything is compared, and
    so it is where a topic was missing.
    """
    highest = max((tail.position for tail in tails.values()), default=0)
    if highest == 0 and any(tail.emptied for tail in tails.values()):
        return Resume(after=cursor, check_from=cursor + 1, kafka_lost=False)
    if cursor > highest or topics_missed:
        return Resume(after=highest, check_from=1, kafka_lost=True)
    return Resume(after=highest, check_from=max(1, highest - CHECKED_BACK + 1), kafka_lost=False)


def lost(rows: Iterable[StoredRow], tails: Tails, after: int) -> list[StoredRow]:
    """Those of ``rows`` up to position ``after`` that their partition doesn't have.

    A log loses its end, never its middle: what is above a partition's tail and below the highest of all
    is missing there. Published again in order, each stream's order stands.
    """
    missing = []
    for row in rows:
        if row.position > after:
            break
        tail = tails.get((row.kafka_topic, partition_of(str(row.stream_id))))
        if tail is not None and row.position > tail.position and not tail.emptied:
            missing.append(row)
    return missing
