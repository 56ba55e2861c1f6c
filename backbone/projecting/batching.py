"""What of a poll is new to us: decided from our checkpoints, purely."""

from collections.abc import Iterable, Mapping, Sequence
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


def fresh(
    records: Iterable[RawRecord],
    held: Mapping[Partition, Checkpoint],
    projection: Projection,
    topic_prefix: str,
) -> Fresh:
    """Leaves out partitions that are not ours, and records applied before."""
    items: list[Item] = []
    moves: list[Move] = []
    for (topic, number), run in groupby(records, key=lambda raw: (raw.topic, raw.partition)):
        partition = (topic.removeprefix(topic_prefix), number)
        before = held.get(partition)
        if before is None:
            continue
        after = before
        for raw in run:
            item = received(raw, partition, topic_prefix)
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
    return Fresh(items, moves)


def _applied(item: Item, checkpoint: Checkpoint) -> bool:
    """The sequence decides where there is one: offsets do not outlive a Kafka that lost its disk."""
    if item.sequence:
        return item.sequence <= checkpoint.sequence
    return item.offset < checkpoint.next_offset
