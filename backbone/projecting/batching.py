"""What of a poll is new to us: decided from our checkpoints, purely."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby

from backbone.cloudevents.decode import RawRecord
from backbone.projecting.checkpoints import Checkpoint, Move
from backbone.projecting.listening import Item, Partition, listen, received
from backbone.projecting.projection import Projection

__all__ = ["Batch", "Fresh", "fresh"]


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


def fresh(
    records: Iterable[RawRecord],
    held: Mapping[Partition, Checkpoint],
    unverified: Set[Partition],
    projection: Projection,
    topic_prefix: str,
) -> Fresh:
    """Leaves out partitions that are not ours, and records applied before.

    Of ``unverified`` partitions, the first record must be the last one applied: a Kafka that lost its disk
    and was filled again has other events at the same offsets, and going on at ours would pass over some.
    """
    items: list[Item] = []
    moves: list[Move] = []
    verified: set[Partition] = set()
    replaced: set[Partition] = set()
    for (topic, number), run in groupby(records, key=lambda raw: (raw.topic, raw.partition)):
        partition = (topic.removeprefix(topic_prefix), number)
        before = held.get(partition)
        if before is None:
            continue
        if partition in replaced:
            continue
        after = before
        for raw in run:
            item = received(raw, partition, topic_prefix)
            if partition in unverified and partition not in verified:
                if not _is_last_applied(item, before):
                    replaced.add(partition)
                    break
                verified.add(partition)
            if _applied(item, after):
                continue
            item = listen(projection, item)
            if item.concerns:
                items.append(item)
            after = replace(
                after,
                next_offset=item.offset + 1,
                sequence=item.sequence or after.sequence,
                position=max(after.position, item.position),
            )
        if after is not before:
            moves.append(Move(partition, before, after))
    return Fresh(items, moves, verified, replaced)


def _is_last_applied(item: Item, checkpoint: Checkpoint) -> bool:
    return item.offset == checkpoint.next_offset - 1 and item.sequence in (0, checkpoint.sequence)


def _applied(item: Item, checkpoint: Checkpoint) -> bool:
    """The sequence decides where there is one: offsets do not outlive a Kafka that lost its disk."""
    if item.sequence:
        return item.sequence <= checkpoint.sequence
    return item.offset < checkpoint.next_offset
