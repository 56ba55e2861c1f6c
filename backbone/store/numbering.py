"""Answers of a series get the next numbers in the commit that keeps them: without gaps, whatever fails."""

from dataclasses import dataclass
from datetime import datetime

from backbone.store.connection import Connection
from backbone.store.decision import IdempotencyKey
from backbone.store.picture import Picture

__all__ = ["AnswerNumber", "find_number", "number_answers"]

NUMBER = """
INSERT INTO numbered_answers (series, number, scope, key, position, answered_at, recorded_at)
SELECT a.series,
       coalesce((SELECT max(n.number) FROM numbered_answers AS n WHERE n.series = a.series), 0)
           + row_number() OVER (PARTITION BY a.series ORDER BY a.place),
       a.scope, a.key, $4, $5, statement_timestamp()
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS a (series, scope, key, place)
"""

FIND = "SELECT number, position, answered_at, recorded_at FROM numbered_answers WHERE scope = $1 AND key = $2"


@dataclass(frozen=True, slots=True)
class AnswerNumber:
    """An answer's place: in its series, and among the store's events."""

    number: int
    position: int
    """Of the last event that was committed before it or with it."""
    answered_at: datetime
    recorded_at: datetime


async def number_answers(connection: Connection, picture: Picture) -> None:
    """Numbers the batch's answers that belong to a series, under its lock; most batches have none."""
    keys = [(key.series, key.scope, key.key) for key, _, _ in picture.answers if key.series is not None]
    if keys:
        await connection.execute(NUMBER, *map(list, zip(*keys, strict=True)), picture.position, picture.now)


async def find_number(connection: Connection, key: IdempotencyKey) -> AnswerNumber | None:
    """The number of the answer kept under ``key``; None where it was given before answers were counted."""
    row = await connection.fetchrow(FIND, key.scope, key.key)
    return None if row is None else AnswerNumber(*row.values())
