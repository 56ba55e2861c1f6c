"""Looking at dead letters and asking for another try: what the command line and operators use."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from backbone.privacy.letters import LetterSeal
from backbone.projecting.engine import Engine
from backbone.projecting.letter_rows import Headers, is_readable, opened_headers
from backbone.projecting.tables import Pool

__all__ = ["CLOSED", "DeadLetter", "list_dead_letters", "request_retry", "show_dead_letter"]

CLOSED = (
    "can't be opened, as it was sealed with another key file: put that one back and retry, or rebuild the"
    " projection, which reads the record from its topic"
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record set aside. Its value is sealed, and not part of listings.

    ``key``, ``ce_type`` and ``ce_id`` are those of an event of ours: of another, the key's mark, and empty.
    """

    id: int
    projection: str
    generation: int
    topic: str
    partition: int
    offset: int
    key: str
    ce_type: str
    ce_id: str
    cause: str
    """``poison``: it could not be applied; ``behind``: it came after one of its key that could not."""
    error: str
    readable: bool
    """Whether the key file here opens it; if not, no retry gets past it, and ``error`` says what does."""
    attempts: int
    parked_at: datetime
    retry_requested_at: datetime | None
    headers: Headers
    """As the record had them; empty where they can't be opened."""


async def list_dead_letters(
    engine: Engine, projection: str | None = None, limit: int = 100
) -> list[DeadLetter]:
    """The oldest first; of one projection, or of all in the schema."""
    rows = await engine.pool.fetch(
        """
        SELECT * FROM dead_letter WHERE $1::text IS NULL OR projection = $1 ORDER BY id LIMIT $2
        """,
        projection,
        limit,
    )
    return [_letter(row, engine.letters) for row in rows]


async def show_dead_letter(engine: Engine, letter_id: int) -> DeadLetter | None:
    """One of them; None where there is no such (any more)."""
    row = await engine.pool.fetchrow("SELECT * FROM dead_letter WHERE id = $1", letter_id)
    return _letter(row, engine.letters) if row else None


async def request_retry(pool: Pool, letter_id: int | None = None, projection: str | None = None) -> int:
    """Asks the owners of the partitions to try again; gives the number of records concerned.

    Of one letter: its whole key, because what came after it waits behind it. Of a projection: all its keys.
    With neither: all in the schema.
    """
    rows = await pool.fetch(
        """
        UPDATE dead_letter d SET retry_requested_at = now()
        WHERE ($2::text IS NULL OR d.projection = $2)
            AND ($1::bigint IS NULL OR EXISTS (
                SELECT FROM dead_letter one WHERE one.id = $1
                    AND (one.projection, one.generation, one.topic, one.partition, one.key_text)
                        = (d.projection, d.generation, d.topic, d.partition, d.key_text)))
        RETURNING d.id
        """,
        letter_id,
        projection,
    )
    return len(rows)


def _letter(row: asyncpg.Record, seal: LetterSeal) -> DeadLetter:
    readable = is_readable(row, seal)
    return DeadLetter(
        id=row["id"],
        projection=row["projection"],
        generation=row["generation"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        key=row["key_text"],
        ce_type=row["ce_type"],
        ce_id=row["ce_id"],
        cause=row["cause"],
        error=row["error"] if readable else "; ".join(filter(None, (row["error"], CLOSED))),
        readable=readable,
        attempts=row["attempts"],
        parked_at=row["parked_at"],
        retry_requested_at=row["retry_requested_at"],
        headers=opened_headers(row, seal) if readable else (),
    )
