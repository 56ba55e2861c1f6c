"""Records set aside: parked in the transaction that passes over them, kept in order per key.

How each lies in the table, sealed, is `letter_rows`' part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backbone.privacy.errors import SealBrokenError
from backbone.privacy.letters import LetterSeal
from backbone.projecting.letter_rows import Stored, opened, row_of
from backbone.projecting.listening import Item, Partition
from backbone.projecting.tables import Connection

__all__ = [
    "Parked",
    "keep",
    "of_key",
    "park",
    "parked_keys",
    "put_off",
    "requested",
    "resolve",
]


@dataclass(frozen=True, slots=True)
class Parked:
    """A record to set aside; ``error`` is empty where it only comes after another of its key."""

    item: Item
    error: str = ""

    @property
    def cause(self) -> str:
        return "poison" if self.error else "behind"


async def park(
    connection: Connection, projection: str, generation: int, parked: Iterable[Parked], seal: LetterSeal
) -> None:
    """Sets records aside, in the order of their partition."""
    ordered = sorted(parked, key=lambda p: (p.item.partition, p.item.offset))
    await connection.executemany(
        """
        INSERT INTO dead_letter (projection, generation, topic, partition, record_offset, cause, error,
            key_text, ce_type, ce_id, record_key, record_value, record_timestamp, header_names, header_values)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,
        [
            (
                projection,
                generation,
                *p.item.partition,
                p.item.offset,
                p.cause,
                p.error,
                *row_of(p.item, seal),
            )
            for p in ordered
        ],
    )


async def parked_keys(
    connection: Connection, projection: str, generation: int, partitions: Iterable[Partition]
) -> set[tuple[Partition, str]]:
    """Keys, each by its `letter_rows.name_of`, of which something is set aside: what comes later must line
    up behind it."""
    owned = set(partitions)
    rows = await connection.fetch(
        """
        SELECT DISTINCT topic, partition, key_text FROM dead_letter
        WHERE projection = $1 AND generation = $2
        """,
        projection,
        generation,
    )
    found = {((row["topic"], row["partition"]), row["key_text"]) for row in rows}
    return {(partition, key) for partition, key in found if partition in owned}


async def requested(
    connection: Connection, projection: str, generation: int
) -> Sequence[tuple[Partition, str]]:
    """Keys whose retry somebody asked for."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT topic, partition, key_text FROM dead_letter
        WHERE projection = $1 AND generation = $2 AND retry_requested_at IS NOT NULL
        """,
        projection,
        generation,
    )
    return [((row["topic"], row["partition"]), row["key_text"]) for row in rows]


async def of_key(
    connection: Connection,
    projection: str,
    generation: int,
    partition: Partition,
    key: str,
    seal: LetterSeal,
) -> tuple[list[Stored], list[int]]:
    """What is set aside of a key, in order, as it came, up to the first that is sealed under another root
    key; then the ids of that one and of all behind it."""
    rows = await connection.fetch(
        """
        SELECT * FROM dead_letter
        WHERE projection = $1 AND generation = $2 AND topic = $3 AND partition = $4 AND key_text = $5
        ORDER BY id
        """,
        projection,
        generation,
        *partition,
        key,
    )
    readable: list[Stored] = []
    for row in rows:
        try:
            readable.append(opened(row, seal))
        except SealBrokenError:
            break
    return readable, [row["id"] for row in rows[len(readable) :]]


async def resolve(connection: Connection, ids: Iterable[int]) -> None:
    """Removes what has been applied."""
    await connection.execute("DELETE FROM dead_letter WHERE id = ANY($1::bigint[])", list(ids))


async def keep(connection: Connection, kept: Iterable[tuple[int, Parked]]) -> None:
    """Notes that a retry has failed, and why."""
    await connection.executemany(
        """
        UPDATE dead_letter SET cause = $2, error = $3, attempts = attempts + 1, retry_requested_at = NULL
        WHERE id = $1
        """,
        [(id_, parked.cause, parked.error) for id_, parked in kept],
    )


async def put_off(connection: Connection, ids: Iterable[int]) -> None:
    """Notes that these could not even be tried, each for its own reason or for one before it."""
    await connection.execute(
        """
        UPDATE dead_letter SET attempts = attempts + 1, retry_requested_at = NULL WHERE id = ANY($1::bigint[])
        """,
        list(ids),
    )
