"""What callers of the store remember: appointments as they know them, and every answer they got."""

from dataclasses import dataclass
from uuid import UUID

from backbone.store.decision import Claim, Decision, Outcome, Release

__all__ = ["Known", "Told", "releases"]


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: to what, and between which positions of the store it was given."""

    decision: Decision
    outcome: Outcome
    after: int
    """Everything up to this position had been acknowledged before the decision was submitted."""
    until: int
    """The last position when the answer had come."""


@dataclass(slots=True)
class Known:
    """An appointment as somebody last heard of it."""

    owner: UUID
    version: int
    claims: tuple[Claim, ...]
    held: bool


def releases(known: Known) -> tuple[Release, ...]:
    """Gives back all that the appointment has."""
    return tuple(
        Release(known.owner, claim.resource_id, claim.first_slot, claim.end_slot) for claim in known.claims
    )
