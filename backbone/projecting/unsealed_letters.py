"""Dead letters that an Almanac from before they were sealed has left in the table in plain."""

from collections.abc import Iterable

from backbone.privacy.letters import PREFIX, LetterSeal
from backbone.projecting.listening import Partition
from backbone.projecting.tables import Connection

__all__ = ["seal_from_before"]


async def seal_from_before(
    connection: Connection,
    projection: str,
    generation: int,
    partitions: Iterable[Partition],
    seal: LetterSeal,
) -> None:
    """Seals them. No migration could: it has no key."""
    owned = set(partitions)
    rows = await connection.fetch(
        """
        SELECT id, topic, partition, record_value FROM dead_letter
        WHERE projection = $1 AND generation = $2 AND substring(record_value, 1, $3) <> $4
        """,
        projection,
        generation,
        len(PREFIX),
        PREFIX,
    )
    plain = [row for row in rows if (row["topic"], row["partition"]) in owned]
    await connection.executemany(
        "UPDATE dead_letter SET record_value = $2 WHERE id = $1",
        [(row["id"], seal.seal(row["record_value"])) for row in plain],
    )
