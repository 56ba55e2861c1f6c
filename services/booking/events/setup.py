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
    """The stream's id and the record's key."""
    name: str
    """As staff know it."""
    time_zone: str
    """IANA name."""
    phone: str
    """The call-back number."""
    message_name: str
    """The name fit for a text message: it gives no specialty away."""


class FacilityAdded(FacilityEvent):
    """A facility opened."""


class FacilityChanged(FacilityEvent):
    """Its name, number or zone were changed."""


class VisitTypeEvent(SetupEvent):
    """A kind of visit; its stream's id is made from its code."""

    visit_type_id: UUID
    """The stream's id and the record's key."""
    code: str
    """What requests and appointments name it by; it never changes."""
    name: str
    """As staff know it."""
    minutes: int
    """How long a visit lasts, without buffers."""
    buffer_before_minutes: int = 0
    """Kept free before it, for all that it needs."""
    buffer_after_minutes: int = 0
    """Kept free after it, for all that it needs."""
    needs: tuple[Need, ...] = ()
    """All of them, or it can't be booked."""
    lead_minutes: int = 0
    """It is booked at least so long ahead."""
    daily_limit: int | None = None
    """At most so many of them a local day and facility."""
    seats: int | None = None
    """A group visit for so many patients."""
    preparation: tuple[Preparation, ...] = ()
    """What patients have to do before."""


class VisitTypeAdded(VisitTypeEvent):
    """A kind of visit is offered."""


class VisitTypeChanged(VisitTypeEvent):
    """It is offered otherwise; appointments made before stay as they are."""


class ResourceEvent(SetupEvent):
    """About a provider, a room or a device."""

    resource_id: UUID
    """The stream's id and the record's key."""
    facility_id: UUID
    """Its own facility; a provider's weekly hours may be worked at others."""


class _ResourceDetails(ResourceEvent):
    kind: ResourceKind
    """It never changes."""
    name: str
    """As staff know it."""
    specialties: tuple[str, ...] = ()
    """What a visit's needs may ask for."""
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
    """The first local day."""
    effective_to: date | None = None
    """The last local day, included; null: until replaced."""
    weekly: tuple[WeeklyHours, ...]
    """None: closed on these days."""


class AbsenceAdded(ResourceEvent):
    """It is away."""

    absence_id: UUID
    """By which it is removed."""
    starts_at: datetime
    """On the five-minute grid."""
    ends_at: datetime
    """The same; not included."""
    reason: AbsenceReason
    """In one word, fit for everybody."""


class AbsenceRemoved(ResourceEvent):
    """It is not away after all."""

    absence_id: UUID
    """As when it was added."""
    starts_at: datetime
    """As when it was added."""
    ends_at: datetime
    """As when it was added."""
