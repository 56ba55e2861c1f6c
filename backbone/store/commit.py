"""One batch, one transaction: lock, read, admit, write, commit."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backbone.clock import Clock
from backbone.store.admission import admit
from backbone.store.connection import Connection
from backbone.store.decision import Outcome
from backbone.store.demand import demand_of
from backbone.store.expiry import HoldExpiry, end_expired
from backbone.store.mapper import EventMapper
from backbone.store.numbering import number_answers
from backbone.store.picture import Picture
from backbone.store.prepared import Prepared
from backbone.store.reading import read
from backbone.store.writing import write

__all__ = ["Batch", "Committed", "CommitUnanswered", "Committer", "Proof", "is_committed", "lock_of"]

Batch = Sequence[Prepared]


@dataclass(frozen=True, slots=True)
class Committed:
    """What a batch came to: each decision's outcome, in order, and how many holds it ended."""

    outcomes: list[Outcome]
    ended: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What tells, afterwards, whether a batch was committed: a row that only it can have written."""

    position: int
    decision_id: str


class CommitUnanswered(Exception):
    """The connection was lost between COMMIT and its answer.

    ``proof`` None: the batch wrote nothing but answers under their keys, so that it can simply run again.
    """

    def __init__(self, committed: Committed, proof: Proof | None) -> None:
        super().__init__("the commit was not answered")
        self.committed = committed
        self.proof = proof


def lock_of(schema: str) -> int:
    """The number of the advisory lock under which everything in ``schema`` is written."""
    digest = hashlib.sha256(f"almanac store {schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class Committer:
    """Runs batches on a connection that it is given."""

    schema: str
    mapper: EventMapper
    clock: Clock
    expiry: HoldExpiry | None

    async def commit(self, connection: Connection, batch: Batch, due: Sequence[UUID] = ()) -> Committed:
        """Commits a batch; durable on return.

        ``due``: owners of holds that may have run out. Raises CommitUnanswered where the answer to COMMIT
        was lost; after any other exception nothing of the batch is committed.
        """
        await connection.execute(f"BEGIN; SELECT pg_advisory_xact_lock({lock_of(self.schema)})")
        # A second statement: it sees what the batch that held the lock before us has committed.
        picture = Picture(self.clock.now())
        await read(connection, demand_of(batch, picture.now), picture)
        ended = await end_expired(connection, picture, due, self.mapper, self.expiry)
        committed = Committed([admit(picture, item) for item in batch], ended)
        if not await write(connection, picture):
            await connection.execute("ROLLBACK")
            return committed
        await number_answers(connection, picture)
        try:
            await connection.execute("COMMIT")
        except Exception as error:
            raise CommitUnanswered(committed, _proof(picture)) from error
        return committed


def _proof(picture: Picture) -> Proof | None:
    if not picture.placed:
        return None
    last = picture.placed[-1]
    return Proof(last.position, last.row.decision_id)


async def is_committed(connection: Connection, schema: str, proof: Proof) -> bool:
    """Whether the batch is in the tables. Waits for the lock, so that a commit still under way is over."""
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({lock_of(schema)})")
        found = await connection.fetchval(
            "SELECT true FROM stored_events WHERE notification_id = $1 AND meta->>'decision_id' = $2",
            proof.position,
            proof.decision_id,
        )
    return bool(found)
