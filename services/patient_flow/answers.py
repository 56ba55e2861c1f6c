"""What is answered about delays, for the reference."""

from datetime import date, datetime
from uuid import UUID

from backbone.web.shapes import Page, Shown, Written
from services.patient_flow.values import DelayReason

__all__ = ["DelayAnswer", "DelayClearedAnswer", "DelayPage"]


class DelayAnswer(Written):
    """A delay was reported."""

    resource_id: UUID
    facility_id: UUID
    day: date
    """The facility's local day that it holds for."""
    minutes: int
    valid_until: datetime
    """Midnight at the facility."""
    reason_code: DelayReason | None


class DelayClearedAnswer(Written):
    """The provider is on time again."""

    resource_id: UUID
    day: date
    minutes: int
    """0."""


class DelayShown(Shown):
    """A delay that stands."""

    resource_id: UUID
    name: str
    minutes: int
    reported_at: datetime
    valid_until: datetime
    reason: str | None
    """The words that were given, for those who work with patients; else the code."""
    version: int


class DelayPage(Page):
    """Who is late."""

    delays: tuple[DelayShown, ...]
