"""What the projections share in reading other services' events."""

from collections.abc import Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from backbone.cloudevents import Record

__all__ = ["APPOINTMENT_EVENTS", "ENDED_HOLDS", "GONE", "Fields", "Told", "types"]


class Fields(BaseModel):
    """The fields of an event that somebody listens for; what else it carries is none of their business."""

    model_config = ConfigDict(frozen=True, extra="ignore")


_F_co = TypeVar("_F_co", bound=Fields, covariant=True)
_F = TypeVar("_F", bound=Fields)


class Told(NamedTuple, Generic[_F_co]):
    """What an event said, and the record that said it."""

    record: Record
    event: _F_co

    @property
    def key(self) -> str:
        """The stream it belongs to, as text: PostgreSQL makes a UUID of it in a tenth of the time."""
        return self.record.key

    @property
    def version(self) -> int:
        """The event's version within its stream: 1, 2, 3 ..."""
        return self.record.stream_version


def types(
    service: str, names: Iterable[str], fields: type[_F], versions: Iterable[int] = (1,)
) -> Mapping[str, type[_F]]:
    """CloudEvents types of the named events in these versions, and what is read of them."""
    return {f"almanac.{service}.{name}.v{version}": fields for name in names for version in versions}


APPOINTMENT_EVENTS = (
    "SlotHeld",
    "HoldExpired",
    "HoldReleased",
    "AppointmentBooked",
    "AppointmentConfirmed",
    "AppointmentRescheduled",
    "AppointmentDetailsChanged",
    "AppointmentCancelled",
    "AppointmentEnteredInError",
    "PreparationConfirmed",
)
"""Every one carries the whole appointment as it is after it: the last one of a stream says everything."""
ENDED_HOLDS = frozenset({"almanac.booking.HoldExpired.v1", "almanac.booking.HoldReleased.v1"})
"""Holds that came to nothing: no visit was ever promised to anybody."""
GONE = frozenset({"cancelled", "entered-in-error"})
"""Statuses of appointments that take nobody's time any more."""
