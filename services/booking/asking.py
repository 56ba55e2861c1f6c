"""Who asks, when, and what they may: the circumstances that every decision is handed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from backbone.events import DomainEvent
from backbone.store.decision import Claim, Conflict, Decision, IdempotencyKey, Refusal, Release
from backbone.store.origin import Origin
from services.booking.values import By, OverrideKind

__all__ = ["Asking", "OVERRIDES_BY_ROLE"]

OVERRIDES_BY_ROLE: Mapping[str, frozenset[OverrideKind]] = {
    "scheduler": frozenset({"taken", "template", "lead-time", "daily-limit"}),
    "clinician": frozenset({"taken", "template", "lead-time", "daily-limit"}),
    "system": frozenset({"taken", "template", "lead-time", "daily-limit"}),
    "front-desk": frozenset({"lead-time", "daily-limit"}),
}
"""Which rules a role may set aside, with a reason; a role that isn't named may set aside none."""


class Asking(NamedTuple):
    """One request's circumstances."""

    now: datetime
    origin: Origin
    by: By = "clinic"
    may_override: frozenset[OverrideKind] = frozenset()
    key: IdempotencyKey | None = None

    def refuse(self, type: str, detail: str, conflicts: tuple[Conflict, ...] = ()) -> Decision:
        """A decision against it. ``detail`` names no patient."""
        return Decision(origin=self.origin, refusal=Refusal(type, detail), conflicts=conflicts, key=self.key)

    def unchanged(self, stream: UUID, version: int, answer: Mapping[str, Any]) -> Decision:
        """It is so already: nothing happens, as long as ``stream`` still is at ``version``."""
        return self.record(answer=answer, reads={stream: version})

    def record(
        self,
        *events: DomainEvent,
        answer: Mapping[str, Any] | None = None,
        reads: Mapping[UUID, int] | None = None,
        facility_id: UUID | None = None,
        claims: tuple[Claim, ...] = (),
        releases: tuple[Release, ...] = (),
        conflicts: tuple[Conflict, ...] = (),
    ) -> Decision:
        """A decision for it, unless there are ``conflicts``."""
        return Decision(
            origin=self.origin.at(facility_id),
            events=events,
            claims=claims,
            releases=releases,
            reads=reads or {},
            conflicts=conflicts,
            key=self.key,
            answer=answer or {},
        )
