"""How far projections are behind Kafka."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from backbone.projecting.checkpoints import Checkpoint
from backbone.projecting.engine import Engine
from backbone.projecting.listening import Partition
from backbone.projecting.projection import Projection
from backbone.projecting.tables import Connection
from backbone.relay.tail import Tail, read_tails
from backbone.topics import Topic

__all__ = ["ProjectionStatus", "applied", "distance", "projection_statuses"]


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """One generation of a projection; ``generation`` 0: it has never run."""

    name: str
    generation: int
    state: str
    version: int
    position: int
    """The highest ``ce_position`` applied."""
    lag: int
    """Offsets between what is applied and the last record: 0 when nothing is left to do."""
    parked_keys: int
    updated_at: datetime | None


async def projection_statuses(engine: Engine, projections: Iterable[Projection]) -> list[ProjectionStatus]:
    """Every projection's live generation and, where there is one, the building one."""
    wanted = list(projections)
    topics = sorted({topic for projection in wanted for topic in projection.topics})
    tails = await read_tails(engine.kafka, [Topic(name) for name in topics])
    statuses: list[ProjectionStatus] = []
    async with engine.pool.acquire(timeout=10) as connection:
        for projection in wanted:
            ends = {p: tail for p, tail in tails.items() if p[0] in projection.topics}
            statuses += await _generations(connection, projection, ends)
    return statuses


async def _generations(
    connection: Connection, projection: Projection, ends: Mapping[Partition, Tail]
) -> list[ProjectionStatus]:
    rows = await connection.fetch(
        """
        SELECT g.generation, g.state, g.version,
            (SELECT max(position) FROM projection_checkpoints c
                WHERE c.projection = $1 AND c.generation = g.generation) AS position,
            (SELECT max(updated_at) FROM projection_checkpoints c
                WHERE c.projection = $1 AND c.generation = g.generation) AS updated_at,
            (SELECT count(DISTINCT (topic, partition, key_text)) FROM dead_letter d
                WHERE d.projection = $1 AND d.generation = g.generation) AS parked_keys
        FROM projection_generations g
        WHERE g.projection = $1 AND g.state <> 'retired' ORDER BY g.generation
        """,
        projection.name,
    )
    if not rows:
        left = distance(ends, {})
        return [ProjectionStatus(projection.name, 0, "none", projection.version, 0, left, 0, None)]
    return [
        ProjectionStatus(
            name=projection.name,
            generation=row["generation"],
            state=row["state"],
            version=row["version"],
            position=row["position"] or 0,
            lag=distance(ends, await applied(connection, projection.name, row["generation"])),
            parked_keys=row["parked_keys"],
            updated_at=row["updated_at"],
        )
        for row in rows
    ]


async def applied(connection: Connection, projection: str, generation: int) -> dict[Partition, Checkpoint]:
    """The checkpoints of a generation."""
    rows = await connection.fetch(
        """
        SELECT topic, partition, epoch, next_offset, sequence, position FROM projection_checkpoints
        WHERE projection = $1 AND generation = $2
        """,
        projection,
        generation,
    )
    return {
        (row["topic"], row["partition"]): Checkpoint(
            row["epoch"], row["next_offset"], row["sequence"], row["position"]
        )
        for row in rows
    }


def distance(ends: Mapping[Partition, Tail], checkpoints: Mapping[Partition, Checkpoint]) -> int:
    """Offsets from the checkpoints to the ends; transaction markers between events count."""
    left = 0
    for partition, end in ends.items():
        checkpoint = checkpoints.get(partition)
        reached = checkpoint.next_offset if checkpoint else end.start
        done = checkpoint is not None and 0 < end.sequence <= checkpoint.sequence
        if end.offset >= 0 and not done:
            left += max(0, end.offset + 1 - reached)
    return left
