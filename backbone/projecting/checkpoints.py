"""How far each partition has been applied, and who may say so: the owner of its current epoch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backbone.projecting.listening import Partition
from backbone.projecting.tables import Connection

__all__ = ["Checkpoint", "Lost", "Move", "adopt", "advance", "fence", "hold"]


class Lost(Exception):
    """A partition has another owner by now, or its generation is gone."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything before ``next_offset`` is applied; ``sequence`` and ``position`` are the highest applied."""

    epoch: int
    next_offset: int
    sequence: int
    position: int


@dataclass(frozen=True, slots=True)
class Move:
    """From a checkpoint to what a batch makes of it."""

    partition: Partition
    before: Checkpoint
    after: Checkpoint


async def adopt(
    connection: Connection, projection: str, generation: int, partitions: Iterable[Partition]
) -> Mapping[Partition, Checkpoint]:
    """Begins a new epoch for each partition: whoever had it before can write no more.

    Raises ``Lost`` when the generation is no longer live or building.
    """
    rows = await connection.fetch(
        """
        INSERT INTO projection_checkpoints (projection, generation, topic, partition)
        SELECT g.projection, g.generation, owned.topic, owned.partition
        FROM unnest($3::text[], $4::integer[]) AS owned (topic, partition)
        JOIN projection_generations g ON g.projection = $1 AND g.generation = $2 AND g.state <> 'retired'
        ORDER BY owned.topic, owned.partition
        ON CONFLICT (projection, generation, topic, partition)
            DO UPDATE SET epoch = projection_checkpoints.epoch + 1
        RETURNING topic, partition, epoch, next_offset, sequence, position
        """,
        projection,
        generation,
        *_columns(owned := sorted(partitions)),
    )
    if len(rows) < len(owned):
        raise Lost
    return {
        (row["topic"], row["partition"]): Checkpoint(
            row["epoch"], row["next_offset"], row["sequence"], row["position"]
        )
        for row in rows
    }


async def advance(connection: Connection, moved: Iterable[tuple[str, int, Sequence[Move]]]) -> None:
    """Moves checkpoints, first thing in the transaction that applies what lies between.

    ``moved``: projection, generation and the moves of each that this transaction brings on. Raises ``Lost``
    when any of them is no longer where we left it.
    """
    moves = [(name, generation, move) for name, generation, its in moved for move in its]
    found = await connection.fetchval(
        """
        WITH moved AS (
            UPDATE projection_checkpoints c
            SET next_offset = m.next_offset, sequence = m.sequence, position = m.position, updated_at = now()
            FROM unnest(
                $1::text[], $2::integer[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[],
                $7::bigint[], $8::bigint[], $9::bigint[]
            ) AS m (
                projection, generation, topic, partition, epoch, was_offset, next_offset, sequence, position)
            WHERE c.projection = m.projection AND c.generation = m.generation
                AND c.topic = m.topic AND c.partition = m.partition
                AND c.epoch = m.epoch AND c.next_offset = m.was_offset
            RETURNING 1
        )
        SELECT count(*) FROM moved
        """,
        [name for name, _, _ in moves],
        [generation for _, generation, _ in moves],
        *_columns([move.partition for _, _, move in moves]),
        [move.before.epoch for _, _, move in moves],
        [move.before.next_offset for _, _, move in moves],
        [move.after.next_offset for _, _, move in moves],
        [move.after.sequence for _, _, move in moves],
        [move.after.position for _, _, move in moves],
    )
    if found < len(moves):
        raise Lost


async def hold(
    connection: Connection, projection: str, generation: int, partition: Partition, epoch: int
) -> None:
    """Keeps the partition ours until the transaction ends; raises ``Lost`` when it is not."""
    held = await connection.fetchval(
        """
        SELECT true FROM projection_checkpoints
        WHERE projection = $1 AND generation = $2 AND topic = $3 AND partition = $4 AND epoch = $5
        FOR UPDATE
        """,
        projection,
        generation,
        *partition,
        epoch,
    )
    if not held:
        raise Lost


async def fence(connection: Connection, projection: str, generation: int) -> None:
    """Ends every epoch of a generation."""
    await connection.execute(
        "UPDATE projection_checkpoints SET epoch = epoch + 1 WHERE projection = $1 AND generation = $2",
        projection,
        generation,
    )


def _columns(partitions: Iterable[Partition]) -> tuple[list[str], list[int]]:
    parts = list(partitions)
    return [topic for topic, _ in parts], [number for _, number in parts]
