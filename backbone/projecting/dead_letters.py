"""Records set aside: parked in the transaction that passes over them, kept in order per key.

Their values lie in the table as on the dead-letter topic, sealed: a record that is no event of ours may say
anything of anybody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg

from backbone.privacy.errors import SealBrokenError
from backbone.privacy.letters import LetterSeal
from backbone.projecting.listening import Item, Partition
from backbone.projecting.tables import Connection

__all__ = [
    "Parked",
    "Stored",
    "headers_of",
    "is_readable",
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


@dataclass(frozen=True, slots=True)
class Stored:
    """A parked record as Kafka had given it (a ``RawRecord``), with the dead letter's id."""

    id: int
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


async def park(
    connection: Connection, projection: str, generation: int, parked: Iterable[Parked], seal: LetterSeal
) -> None:
    """Sets records aside, in the order of their partition."""
    ordered = sorted(parked, key=lambda p: (p.item.partition, p.item.offset))
    await connection.executemany(
        """
        INSERT INTO dead_letter (projection, generation, topic, partition, record_offset, key_text, ce_type,
            ce_id, cause, error, record_key, record_value, record_timestamp, header_names, header_values)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,
        [(projection, generation, *_row(p, seal)) for p in ordered],
    )


async def parked_keys(
    connection: Connection, projection: str, generation: int, partitions: Iterable[Partition]
) -> set[tuple[Partition, str]]:
    """Keys of which something is set aside: what comes later must line up behind it."""
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
            readable.append(_stored(row, seal))
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


def is_readable(row: asyncpg.Record, seal: LetterSeal) -> bool:
    """Whether a row of ``dead_letter`` can be opened here, and so tried again."""
    try:
        _stored(row, seal)
    except SealBrokenError:
        return False
    return True


def headers_of(row: asyncpg.Record) -> tuple[tuple[str, bytes], ...]:
    """The headers of the record that a row of ``dead_letter`` was."""
    return tuple(zip(row["header_names"], row["header_values"], strict=True))


def _stored(row: asyncpg.Record, seal: LetterSeal) -> Stored:
    value = row["record_value"]
    return Stored(
        row["id"],
        row["topic"],
        row["partition"],
        row["record_offset"],
        row["record_timestamp"],
        row["record_key"],
        None if value is None else seal.open(value),
        headers_of(row),
    )


def _row(parked: Parked, seal: LetterSeal) -> tuple[object, ...]:
    item, raw = parked.item, parked.item.raw
    headers = [(name.replace("\0", ""), value or b"") for name, value in raw.headers]
    return (
        *item.partition,
        item.offset,
        item.key,
        item.record.type if item.record else "",
        item.record.id if item.record else "",
        parked.cause,
        parked.error,
        raw.key,
        None if raw.value is None else seal.seal(raw.value),
        raw.timestamp,
        [name for name, _ in headers],
        [value for _, value in headers],
    )
