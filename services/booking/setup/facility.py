"""A facility: a place with a clock of its own."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from services.booking.events.setup import FacilityEvent

__all__ = ["Facility", "evolve"]


@dataclass(frozen=True, slots=True)
class Facility:
    """What it is now."""

    facility_id: UUID
    version: int
    name: str
    time_zone: str
    phone: str
    message_name: str

    @property
    def zone(self) -> ZoneInfo:
        """Its clock."""
        return ZoneInfo(self.time_zone)


def evolve(_: Facility | None, event: FacilityEvent) -> Facility:
    """The facility after ``event``."""
    return Facility(
        facility_id=event.facility_id,
        version=event.originator_version,
        name=event.name,
        time_zone=event.time_zone,
        phone=event.phone,
        message_name=event.message_name,
    )
