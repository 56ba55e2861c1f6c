"""What happens to facilities, visit types and resources. Each carries the whole as it is after."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from backbone.events import DomainEvent
from services.booking.values import AbsenceReason, Need, Preparation, ResourceKind, WeeklyHours

__all__ = [
    "AbsenceAdded",
    "AbsenceRemoved",
    "FacilityAdded",
    "FacilityChanged",
    "FacilityEvent",
    "ResourceAdded",
    "ResourceChanged",
    "ResourceEvent",
    "ResourceRetired",
    "SetupEvent",
    "TemplateChanged",
    "VisitTypeAdded",
    "VisitTypeChanged",
    "VisitTypeEvent",
]


class SetupEvent(DomainEvent):
    """About what can be booked."""

    service: ClassVar[str] = "booking"
    kafka_topic: ClassVar[str] = "almanac.booking.setup"


class FacilityEvent(SetupEvent):
    """A place with a clock of its own."""

    facility_id: UUID
    name: str
    time_zone: str
    """IANA name."""
    phone: str
    message_name: str
    """The name fit for a text message: it gives no specialty away."""


class FacilityAdded(FacilityEvent):
    """A facility opened."""


class FacilityChanged(FacilityEvent):
    """Its name, number or zone were changed."""


class VisitTypeEvent(SetupEvent):
    """A kind of visit; its stream's id is made from its code."""

    visit_type_id: UUID
    code: str
    name: str
    minutes: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    needs: tuple[Need, ...] = ()
    lead_minutes: int = 0
    daily_limit: int | None = None
    """At most so many of them a local day and facility."""
    seats: int | None = None
    """A group visit for so many patients."""
    preparation: tuple[Preparation, ...] = ()


class VisitTypeAdded(VisitTypeEvent):
    """A kind of visit is offered."""


class VisitTypeChanged(VisitTypeEvent):
    """It is offered otherwise; appointments made before stay as they are."""


class ResourceEvent(SetupEvent):
    """About a provider, a room or a device."""

    resource_id: UUID
    facility_id: UUID
    """Its own facility; a provider's weekly hours may be worked at others."""


class _ResourceDetails(ResourceEvent):
    kind: ResourceKind
    name: str
    specialties: tuple[str, ...] = ()
    visit_types: tuple[str, ...] | None = None
    """Codes it can serve; None: any."""
    capacity: int = 1
    """How many bookings it can have at the same time."""


class ResourceAdded(_ResourceDetails):
    """There is a new provider, room or device; a provider has no hours until a template is set."""


class ResourceChanged(_ResourceDetails):
    """What is known of it was changed."""


class ResourceRetired(ResourceEvent):
    """It takes no more bookings; it stays known, because the past refers to it."""


class TemplateChanged(ResourceEvent):
    """Its weekly hours in a range of days; for these days they replace whatever was set before."""

    effective_from: date
    effective_to: date | None = None
    weekly: tuple[WeeklyHours, ...]


class AbsenceAdded(ResourceEvent):
    """It is away."""

    absence_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: AbsenceReason


class AbsenceRemoved(ResourceEvent):
    """It is not away after all."""

    absence_id: UUID
    starts_at: datetime
    ends_at: datetime
