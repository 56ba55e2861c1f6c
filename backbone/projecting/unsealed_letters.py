"""Dead letters that an Almanac from before they were sealed, or sealed whole, has left in plain."""

from collections.abc import Iterable

import asyncpg

from backbone.privacy.letters import PREFIX, LetterSeal
from backbone.projecting.letter_rows import name_of, plain_id, plain_type
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
        SELECT id, topic, partition, key_text, ce_type, ce_id, record_key, record_value, header_names,
            header_values
        FROM dead_letter
        WHERE projection = $1 AND generation = $2 AND (
            substring(record_value, 1, $3) <> $4 OR substring(record_key, 1, $3) <> $4
            OR EXISTS (SELECT FROM unnest(header_names) name WHERE NOT starts_with(name, $5)))
        """,
        projection,
        generation,
        len(PREFIX),
        PREFIX,
        PREFIX.decode("ascii"),
    )
    await connection.executemany(
        """
        UPDATE dead_letter SET key_text = $2, ce_type = $3, ce_id = $4, record_key = $5, record_value = $6,
            header_names = $7, header_values = $8
        WHERE id = $1
        """,
        [_sealed(row, seal) for row in rows if (row["topic"], row["partition"]) in owned],
    )


def _sealed(row: asyncpg.Record, seal: LetterSeal) -> tuple[object, ...]:
    names, values = row["header_names"], row["header_values"]
    if not all(name.encode().startswith(PREFIX) for name in names):
        names = [seal.seal(name.encode()).decode("ascii") for name in names]
        values = [seal.seal(value) for value in values]
    return (
        row["id"],
        name_of(row["key_text"], seal),
        plain_type(row["ce_type"]),
        plain_id(row["ce_id"]),
        _once(row["record_key"], seal),
        _once(row["record_value"], seal),
        names,
        values,
    )


def _once(part: bytes | None, seal: LetterSeal) -> bytes | None:
    return part if part is None or part.startswith(PREFIX) else seal.seal(part)
