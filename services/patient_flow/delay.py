"""One provider's delay: its state, how events change it, and what may be decided on it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from backbone.privacy.sealed import Sealed
from backbone.store.decision import Refusal
from services.patient_flow.events import DelayEvent, ProviderDelayCleared, ProviderDelayReported
from services.patient_flow.values import ClinicDay, DelayReason

__all__ = ["NOTHING_TO_CLEAR", "Delay", "clear", "evolve", "replay", "report"]

NOTHING_TO_CLEAR = Refusal("nothing-to-clear", "No delay is reported for this provider today.")


@dataclass(frozen=True, slots=True)
class Delay:
    """How late a provider is; version 0 where nothing was ever reported."""

    resource_id: UUID
    version: int = 0
    reported: ProviderDelayReported | None = None
    """The last report, unless it was cleared; ask ``standing`` whether it still counts."""

    def standing(self, at: datetime) -> ProviderDelayReported | None:
        """The delay that still counts at ``at``; None once the day that it was reported for has ended."""
        if self.reported is None or at >= self.reported.valid_until:
            return None
        return self.reported


def evolve(state: Delay, event: DelayEvent) -> Delay:
    """The state after one more event."""
    reported = event if isinstance(event, ProviderDelayReported) else None
    return replace(state, version=event.originator_version, reported=reported)


def replay(resource_id: UUID, events: Iterable[DelayEvent]) -> Delay:
    """The state that a whole stream gives."""
    state = Delay(resource_id)
    for event in events:
        state = evolve(state, event)
    return state


def report(
    state: Delay,
    minutes: int,
    at: datetime,
    day: ClinicDay,
    reason_code: DelayReason | None = None,
    note: Sealed | None = None,
) -> ProviderDelayReported:
    """A new report replaces the older one, even with the same minutes: it says that they still hold.

    ``minutes`` > 0 behind, as of ``at``, which lies in ``day``.
    """
    return ProviderDelayReported(
        originator_id=state.resource_id,
        originator_version=state.version + 1,
        timestamp=at,
        facility_id=day.facility_id,
        day=day.day,
        minutes=minutes,
        valid_until=day.ends_at,
        reason_code=reason_code,
        reason_note=note,
    )


def clear(state: Delay, at: datetime) -> ProviderDelayCleared | Refusal:
    """Ends today's delay. One of yesterday has ended by itself: there is nothing to clear."""
    standing = state.standing(at)
    if standing is None:
        return NOTHING_TO_CLEAR
    return ProviderDelayCleared(
        originator_id=state.resource_id,
        originator_version=state.version + 1,
        timestamp=at,
        facility_id=standing.facility_id,
        day=standing.day,
    )
