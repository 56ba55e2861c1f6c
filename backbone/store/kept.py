"""Outcomes as they stand in the ``idempotency`` table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backbone.store.decision import Accepted, Conflict, Mark, Refusal, Refused

__all__ = ["kept_outcome", "marks_json", "refusal_json"]


def refusal_json(refused: Refused) -> str:
    """A refusal with all its conflicts, as kept."""
    return to_json(
        {
            "type": refused.refusal.type,
            "detail": refused.refusal.detail,
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
        Refusal(body["type"], body["detail"]),
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
