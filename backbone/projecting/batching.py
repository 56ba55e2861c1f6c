"""What of a poll is new to a projection: decided from its checkpoints, purely."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from backbone.cloudevents.decode import RawRecord
from backbone.projecting.checkpoints import Checkpoint, Move
from backbone.projecting.listening import Item, Partition, listen, received
from backbone.projecting.projection import Projection

__all__ = ["Batch", "Delivered", "Fresh", "delivered", "fresh"]

Delivered = Mapping[Partition, Sequence[Item]]
"""The records of a poll, each with its attributes, in the order of its partition."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one poll. ``seeks``: how often the consumer had been repositioned before it."""

    records: Sequence[RawRecord]
    seeks: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """Records to apply, in the order of their partitions, and the checkpoints they lead to."""

    items: list[Item]
    moves: list[Move]
    verified: set[Partition]
    """Kafka still has where we left off what we applied last."""
    replaced: set[Partition]
    """It has not: its log is another one than it was. Nothing of these is among the items."""


def delivered(records: Iterable[RawRecord], topic_prefix: str) -> Delivered:
    """Reads the attributes of each record, once for all who hear it."""
    runs: dict[Partition, list[Item]] = {}
    for raw in records:
        partition = (raw.topic.removeprefix(topic_prefix), raw.partition)
        runs.setdefault(partition, []).append(received(raw, partition, topic_prefix))
    return runs


def fresh(
    poll: Delivered,
    held: Mapping[Partition, Checkpoint],
    unverified: Set[Partition],
    projection: Projection,
) -> Fresh:
    """Leaves out partitions that are not ours, and records applied before.

    Of ``unverified`` partitions, the last record applied must be where it was: a Kafka that lost its disk
    and was filled again has other events at the same offsets, and going on at ours would pass over some.
    """
    new = Fresh([], [], set(), set())
    for partition, run in poll.items():
        if (before := held.get(partition)) is None:
            continue
        if partition in unverified:
            if (known := _passed(run, before)) is None:
                new.replaced.add(partition)
                continue
            if known == len(run):
                continue
            new.verified.add(partition)
            run = run[known:]
        _take(run, partition, before, projection, new)
    return new


def _passed(run: Sequence[Item], checkpoint: Checkpoint) -> int | None:
    """How many records come before the last one applied; all, where it is not among them; None where the
    log is another one. Others who read with us may have wished to begin before it."""
    for number, item in enumerate(run):
        if item.offset < checkpoint.next_offset - 1 and item.sequence <= checkpoint.sequence:
            continue
        same = item.offset == checkpoint.next_offset - 1 and item.sequence in (0, checkpoint.sequence)
        return number if same else None
    return len(run)


def _take(
    run: Sequence[Item], partition: Partition, before: Checkpoint, projection: Projection, new: Fresh
) -> None:
    offset, sequence, position = before.next_offset, before.sequence, before.position
    moved = False
    for item in run:
        # The sequence decides where there is one: offsets do not outlive a Kafka that lost its disk.
        own = item.sequence
        if own <= sequence if own else item.offset < offset:
            continue
        moved = True
        heard = listen(projection, item)
        if heard.concerns:
            new.items.append(heard)
        offset, sequence = item.offset + 1, own or sequence
        position = max(position, item.position)
    if moved:
        new.moves.append(Move(partition, before, Checkpoint(before.epoch, offset, sequence, position)))
