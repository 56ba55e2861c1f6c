"""About facilities, visit types and resources."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from backbone.web.shapes import Page, Shown, Written
from services.booking.values import AbsenceReason, ResourceKind, Weekday

__all__ = [
    "AbsenceAnswer",
    "AbsenceRemovedAnswer",
    "FacilityAnswer",
    "FacilityPage",
    "ResourceAnswer",
    "ResourceChangedAnswer",
    "ResourceInFull",
    "ResourcePage",
    "RetiredAnswer",
    "TemplateAnswer",
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


class ResourceAnswer(Written):
    """A resource was added."""

    resource_id: UUID


class _Affecting(Written):
    affected: tuple[UUID, ...]
    """Appointments that can't stand as they are; each became a task."""


class ResourceChangedAnswer(_Affecting):
    """A resource was changed."""

    resource_id: UUID


class RetiredAnswer(_Affecting):
    """A resource was retired."""

    resource_id: UUID


class TemplateAnswer(_Affecting):
    """Weekly hours were set."""


class AbsenceAnswer(_Affecting):
    """An absence was added."""

    absence_id: UUID


class AbsenceRemovedAnswer(Written):
    """An absence was removed."""

    absence_id: UUID


class ResourceShown(Shown):
    """A provider, a room or a device."""

    resource_id: UUID
    facility_id: UUID
    kind: ResourceKind
    name: str
    specialties: tuple[str, ...]
    visit_types: tuple[str, ...] | None
    """Codes that it can serve; null: any."""
    capacity: int
    retired: bool
    version: int


class ResourcePage(Page):
    """Resources."""

    resources: tuple[ResourceShown, ...]


class HoursShown(Shown):
    """Open hours on one weekday, by the wall clock."""

    day: Weekday
    opens: str = Field(alias="from")
    closes: str = Field(alias="to")
    every_weeks: int
    facility_id: UUID
    """Where they are worked."""
    visit_types: tuple[str, ...] | None


class TemplateShown(Shown):
    """Weekly hours for a range of local days, both included."""

    effective_from: date
    effective_to: date | None
    weekly: tuple[HoursShown, ...]


class AbsenceShown(Shown):
    """When it is away, and why."""

    absence_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: AbsenceReason


class ResourceInFull(ResourceShown):
    """With its weekly hours, the latest first, and its absences."""

    templates: tuple[TemplateShown, ...]
    absences: tuple[AbsenceShown, ...]
