"""``/v1/facilities``."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from backbone.web.bodies import Posted
from backbone.web.freshness import AtLeast
from backbone.web.paging import DEFAULT_LIMIT, Cursor, Limit
from services.booking.commands.setup import AddFacility, ChangeFacility
from services.booking.http.answers.setup import FacilityAnswer, FacilityPage
from services.booking.http.desk import Desk, Reads, SetsUp, page
from services.booking.setup.facility import Facility

__all__ = ["facility_routes"]


def facility_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["facilities"])

    @routes.post("/v1/facilities", status_code=201, response_model=FacilityAnswer)
    async def add_facility(call: SetsUp, body: Posted[AddFacility]) -> Response:
        """Opens a facility, with a clock of its own."""
        work = desk.setting_up.add_facility(desk.asker(call), body)
        return await desk.told(call, "facilities.add", work, 201)

    @routes.patch("/v1/facilities/{facility_id}", response_model=FacilityAnswer)
    async def change_facility(call: SetsUp, facility_id: UUID, body: Posted[ChangeFacility]) -> Response:
        """Changes what is named; the time zone only while nothing is booked there."""
        work = desk.setting_up.change_facility(desk.asker(call), facility_id, body)
        return await desk.told(call, "facilities.change", work)

    @routes.get("/v1/facilities", response_model=FacilityPage)
    async def list_facilities(
        call: Reads, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT, at_least: AtLeast = None
    ) -> Response:
        """The caller's facilities. Always up to date: ``at_least`` is taken and never waited for."""
        del at_least
        setup = await desk.store.cache.refresh()
        seen = ((key, each) for key, each in setup.facilities.items() if call.caller.sees_facility(key))
        return page("facilities", seen, cursor, limit, _shown)

    return routes


def _shown(facility: Facility) -> dict[str, Any]:
    return {
        "facility_id": facility.facility_id,
        "name": facility.name,
        "time_zone": facility.time_zone,
        "phone": facility.phone,
        "message_name": facility.message_name,
        "version": facility.version,
    }
