"""Outcomes as they stand in the ``idempotency`` table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backbone.store.connection import Connection
from backbone.store.decision import Accepted, Conflict, IdempotencyKey, Mark, Refusal, Refused

__all__ = ["find_kept", "kept_outcome", "marks_json", "refusal_json"]

FIND = """
SELECT outcome, answer, version, position, marks FROM idempotency
 WHERE scope = $1 AND key = $2 AND fingerprint = $3 AND (expires_at IS NULL OR expires_at > $4)
"""


async def find_kept(connection: Connection, key: IdempotencyKey, now: datetime) -> Accepted | Refused | None:
    """What was answered under a key before; None where nothing was, or where another request has the key.

    Asking saves work, and is never needed: the store looks again when it commits, and answers alike.
    """
    row = await connection.fetchrow(FIND, key.scope, key.key, key.fingerprint, now)
    return None if row is None else kept_outcome(*row.values())._replace(repeated=True)


def refusal_json(refused: Refused) -> str:
    """A refusal with all its conflicts, as kept."""
    return to_json(
        {
            "type": refused.refusal.type,
            "detail": refused.refusal.detail,
            "errors": refused.refusal.errors,
            "conflicts": [
                {
                    "kind": conflict.kind,
                    "starts_at": conflict.starts_at,
                    "ends_at": conflict.ends_at,
                    "resource_id": conflict.resource_id,
                }
                for conflict in refused.conflicts
            ],
        }
    ).decode()


def marks_json(accepted: Accepted) -> str:
    """Where a decision's events are found, as kept."""
    return to_json([[mark.topic, mark.stream_id, mark.sequence] for mark in accepted.marks]).decode()


def kept_outcome(outcome: str, answer: str, version: int, position: int, marks: str) -> Accepted | Refused:
    """What was answered, from the columns of its row."""
    body: dict[str, Any] = from_json(answer)
    if outcome == "accepted":
        found = tuple(Mark(topic, UUID(stream), sequence) for topic, stream, sequence in from_json(marks))
        return Accepted(body, version, position, found)
    return Refused(
        Refusal(body["type"], body["detail"], tuple(body.get("errors", ()))),
        tuple(_conflict(conflict) for conflict in body["conflicts"]),
    )


def _conflict(fields: dict[str, Any]) -> Conflict:
    resource_id = fields["resource_id"]
    return Conflict(
        kind=fields["kind"],
        starts_at=datetime.fromisoformat(fields["starts_at"]),
        ends_at=datetime.fromisoformat(fields["ends_at"]),
        resource_id=None if resource_id is None else UUID(resource_id),
    )
