"""About an appointment's history: what happened, who did it, and as much of it as exists for the caller."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from backbone.store.committed import CommittedEvent
from backbone.web.shapes import Page, Shown
from services.booking.events.appointments import AppointmentEvent
from services.booking.http.answers.appointments import OverrideShown
from services.booking.values import AppointmentStatus, By, Priority

__all__ = ["HistoryPage", "happened_shown"]

_TOLD = frozenset(("status", "by", "reason_code", "override"))
_WHEN_AND_BY_WHOM = frozenset(("starts_at", "ends_at", "resource_ids"))


class BeforeShown(Shown):
    """What stood before, where it changed."""

    status: AppointmentStatus | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    facility_id: UUID | None = None
    resource_ids: tuple[UUID, ...] | None = None
    priority: Priority | None = None


class HappenedShown(Shown):
    """One event: what it says, who caused it, when it happened and when it was recorded."""

    version: int
    type: str
    """As ``ce_type`` on Kafka."""
    occurred_at: datetime
    recorded_at: datetime
    who: str | None
    """A pseudonym."""
    auth_type: str | None
    roles: tuple[str, ...]
    purpose: str | None
    """Why: the HL7 purpose of use; null where the system did it by itself."""
    status: AppointmentStatus | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    resource_ids: tuple[UUID, ...] | None = None
    by: By | None = None
    reason_code: str | None = None
    override: OverrideShown | None = None
    before: BeforeShown | None = None


class HistoryPage(Page):
    """An appointment's events in order."""

    appointment_id: UUID
    events: tuple[HappenedShown, ...]


def happened_shown(committed: CommittedEvent, event: object, sees: Callable[[UUID], bool]) -> dict[str, Any]:
    """One event of an appointment's history.

    ``sees``: whether a facility exists for the caller. An appointment may have come from another one: of the
    time that it had there, neither when it was nor who served it is shown.
    """
    told: dict[str, Any] = {
        "version": committed.version,
        "type": committed.type,
        "occurred_at": committed.occurred_at,
        "recorded_at": committed.recorded_at,
        "who": committed.meta.get("auth_id"),
        "auth_type": committed.meta.get("auth_type"),
        "roles": committed.meta.get("roles", []),
        "purpose": committed.meta.get("purpose"),
    }
    if not isinstance(event, AppointmentEvent):
        return told
    names = _TOLD | _WHEN_AND_BY_WHOM if sees(event.facility_id) else _TOLD
    told |= event.model_dump(include=set(names), exclude_none=True)
    if event.before is not None:
        elsewhere = event.before.facility_id is not None and not sees(event.before.facility_id)
        hidden = {*_WHEN_AND_BY_WHOM, "facility_id"} if elsewhere else set[str]()
        told["before"] = event.before.model_dump(exclude=hidden, exclude_none=True)
    return told
