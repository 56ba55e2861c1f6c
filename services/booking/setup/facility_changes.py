"""A facility opened, or changed."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from backbone.store.decision import Decision
from services.booking.appointments.standing import Standing
from services.booking.asking import Asking
from services.booking.commands.setup import AddFacility, ChangeFacility
from services.booking.events.setup import FacilityAdded, FacilityChanged
from services.booking.setup.facility import Facility

__all__ = ["add_facility", "change_facility"]


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


def change_facility(
    asking: Asking, facility: Facility, wanted: ChangeFacility, standings: Sequence[Standing] = ()
) -> Decision:
    """Changes what is named; the zone only while nothing is booked there, as it moves all weekly hours.

    ``standings``: where another zone is wanted, who has any resource that may be booked there from now on.
    """
    changes = wanted.model_dump(exclude_none=True)
    known = {"name": facility.name, "time_zone": facility.time_zone}
    known |= {"phone": facility.phone, "message_name": facility.message_name}
    answer = {"facility_id": str(facility.facility_id)}
    if known == known | changes:
        return asking.unchanged(facility.facility_id, facility.version, answer)
    if any(booked.facility_id == facility.facility_id for s in standings for booked in s.appointments):
        return asking.refuse(
            "wrong-status", "Appointments stand there: by another zone's clock they would be at other hours."
        )
    event = FacilityChanged(
        originator_id=facility.facility_id,
        originator_version=facility.version + 1,
        timestamp=asking.now,
        facility_id=facility.facility_id,
        **(known | changes),
    )
    decision = asking.record(event, answer=answer, facility_id=facility.facility_id)
    return replace(decision, occupied=tuple(guard for s in standings for guard in s.guards()))
