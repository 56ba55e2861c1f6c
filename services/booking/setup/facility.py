"""A facility: a place with a clock of its own."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from backbone.store.decision import Decision
from services.booking.asking import Asking
from services.booking.commands.setup import AddFacility, ChangeFacility
from services.booking.events.setup import FacilityAdded, FacilityChanged, FacilityEvent

__all__ = ["Facility", "add_facility", "change_facility", "evolve"]


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


def add_facility(asking: Asking, facility_id: UUID, wanted: AddFacility) -> Decision:
    """Opens a facility."""
    event = FacilityAdded(
        originator_id=facility_id,
        originator_version=1,
        timestamp=asking.now,
        facility_id=facility_id,
        **wanted.model_dump(),
    )
    return asking.record(event, answer={"facility_id": str(facility_id)}, facility_id=facility_id)


def change_facility(asking: Asking, facility: Facility, wanted: ChangeFacility) -> Decision:
    """Changes what is named. A new zone moves all weekly hours from now on, and no appointment."""
    changes = wanted.model_dump(exclude_none=True)
    known = {"name": facility.name, "time_zone": facility.time_zone}
    known |= {"phone": facility.phone, "message_name": facility.message_name}
    answer = {"facility_id": str(facility.facility_id)}
    if known == known | changes:
        return asking.unchanged(facility.facility_id, facility.version, answer)
    event = FacilityChanged(
        originator_id=facility.facility_id,
        originator_version=facility.version + 1,
        timestamp=asking.now,
        facility_id=facility.facility_id,
        **(known | changes),
    )
    return asking.record(event, answer=answer, facility_id=facility.facility_id)
