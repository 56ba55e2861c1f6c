"""About facilities and visit types."""

from uuid import UUID

from backbone.web.shapes import Page, Shown, Written
from services.booking.values import ResourceKind

__all__ = [
    "FacilityAnswer",
    "FacilityPage",
    "VisitTypeAnswer",
    "VisitTypePage",
]


class FacilityAnswer(Written):
    """A facility was added or changed."""

    facility_id: UUID


class FacilityShown(Shown):
    """A facility."""

    facility_id: UUID
    name: str
    time_zone: str
    """IANA name."""
    phone: str
    message_name: str
    """The name fit for a text message."""
    version: int


class FacilityPage(Page):
    """Facilities."""

    facilities: tuple[FacilityShown, ...]


class VisitTypeAnswer(Written):
    """A visit type was added or changed."""

    visit_type_id: UUID
    code: str


class NeedShown(Shown):
    """What a visit takes, for the whole of it or for a part."""

    kind: ResourceKind
    specialty: str | None
    count: int
    from_minute: int
    minutes: int | None
    """Null: until the visit's end."""


class PreparationShown(Shown):
    """What a patient has to do before, and how many hours before at the latest."""

    text: str
    deadline_hours: int


class VisitTypeShown(Shown):
    """A kind of visit."""

    code: str
    name: str
    minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    needs: tuple[NeedShown, ...]
    lead_minutes: int
    daily_limit: int | None
    seats: int | None
    preparation: tuple[PreparationShown, ...]
    version: int


class VisitTypePage(Page):
    """Visit types."""

    visit_types: tuple[VisitTypeShown, ...]
