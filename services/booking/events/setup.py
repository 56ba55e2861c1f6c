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
    """Its name, telephone number or time zone was changed."""


class VisitTypeEvent(SetupEvent):
    """A kind of visit; its stream's id is made from its code."""

    visit_type_id: UUID
    """The stream's id and the record's key."""
    code: str
    """What requests and appointments name it by; it never changes."""
    name: str
    """As staff know it."""
    minutes: int
    """How many minutes a visit lasts, without buffers."""
    buffer_before_minutes: int = 0
    """Minutes kept free before it, of every resource that it needs."""
    buffer_after_minutes: int = 0
    """Minutes kept free after it, of every resource that it needs."""
    needs: tuple[Need, ...] = ()
    """The resources that it takes: all of them, or it can't be booked."""
    lead_minutes: int = 0
    """At least this many minutes lie between booking and start."""
    daily_limit: int | None = None
    """At most this many in a facility on one of its local days; null: no limit."""
    seats: int | None = None
    """Of a group visit: for how many patients it is; null: a visit of one patient."""
    preparation: tuple[Preparation, ...] = ()
    """What patients have to do before the visit."""


class VisitTypeAdded(VisitTypeEvent):
    """A kind of visit is offered."""


class VisitTypeChanged(VisitTypeEvent):
    """A kind of visit is offered under other rules; appointments made before stay as they are."""


class ResourceEvent(SetupEvent):
    """About a provider, a room or a device."""

    resource_id: UUID
    """The stream's id and the record's key."""
    facility_id: UUID
    """The facility it belongs to; a provider's weekly hours may be worked at others."""


class _ResourceDetails(ResourceEvent):
    kind: ResourceKind
    """Which kind of resource it is; it never changes."""
    name: str
    """As staff know it."""
    specialties: tuple[str, ...] = ()
    """What it offers to visits that need a specialty, in the installation's own words."""
    visit_types: tuple[str, ...] | None = None
    """Codes of the visit types it can serve; null: all."""
    capacity: int = 1
    """How many bookings it can have at the same time."""


class ResourceAdded(_ResourceDetails):
    """There is a new provider, room or device; a provider has no hours until a template is set."""


class ResourceChanged(_ResourceDetails):
    """A resource's name, specialties, visit types or capacity was changed."""


class ResourceRetired(ResourceEvent):
    """A resource takes no more bookings; it stays known, because the past refers to it."""


class TemplateChanged(ResourceEvent):
    """A resource's weekly hours for a range of days; for these days they replace what was set before."""

    effective_from: date
    """The first day, by the facility's calendar."""
    effective_to: date | None = None
    """The last day, included; null: until replaced."""
    weekly: tuple[WeeklyHours, ...]
    """An empty list: closed on these days."""


class AbsenceAdded(ResourceEvent):
    """A resource is not available for a time: a provider is away, a room closed, a device out of use."""

    absence_id: UUID
    """Names this absence; ``AbsenceRemoved`` has the same."""
    starts_at: datetime
    """On the five-minute grid."""
    ends_at: datetime
    """On the five-minute grid; not included."""
    reason: AbsenceReason
    """Why, in one of the published words; nothing private."""


class AbsenceRemoved(ResourceEvent):
    """An absence was taken back: the resource is available again."""

    absence_id: UUID
    """As in its ``AbsenceAdded``."""
    starts_at: datetime
    """As in its ``AbsenceAdded``."""
    ends_at: datetime
    """As in its ``AbsenceAdded``; not included."""
