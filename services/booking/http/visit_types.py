"""``/v1/visit-types``."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backbone.web.bodies import Posted
from backbone.web.freshness import AtLeast
from backbone.web.paging import DEFAULT_LIMIT, Cursor, Limit
from services.booking.commands.setup import AddVisitType
from services.booking.http.answers.setup import VisitTypeAnswer, VisitTypePage
from services.booking.http.desk import Desk, Reads, SetsUp, page
from services.booking.setup.visit_type import VisitType

__all__ = ["visit_type_routes"]


def visit_type_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["visit types"])

    @routes.post("/v1/visit-types", status_code=201, response_model=VisitTypeAnswer)
    async def add_visit_type(call: SetsUp, body: Posted[AddVisitType]) -> Response:
        """Offers a kind of visit under a new code."""
        work = desk.setting_up.add_visit_type(desk.asker(call), body)
        return await desk.told(call, "visit-types.add", work, 201)

    @routes.put("/v1/visit-types/{code}", response_model=VisitTypeAnswer)
    async def change_visit_type(call: SetsUp, code: str, body: Posted[AddVisitType]) -> Response:
        """Offers it otherwise from now on; appointments made before stay as they are."""
        work = desk.setting_up.change_visit_type(desk.asker(call), code, body)
        return await desk.told(call, "visit-types.change", work)

    @routes.get("/v1/visit-types", response_model=VisitTypePage)
    async def list_visit_types(
        call: Reads, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT, at_least: AtLeast = None
    ) -> Response:
        """What can be booked. Always up to date: ``at_least`` is taken and never waited for."""
        del call, at_least
        setup = await desk.store.cache.refresh()
        offered = ((each.visit_type_id, each) for each in setup.visit_types.values())
        return page("visit_types", offered, cursor, limit, _shown)

    return routes


def _shown(visit_type: VisitType) -> dict[str, Any]:
    return {
        "code": visit_type.code,
        "name": visit_type.name,
        "minutes": visit_type.minutes,
        "buffer_before_minutes": visit_type.buffer_before_minutes,
        "buffer_after_minutes": visit_type.buffer_after_minutes,
        "needs": visit_type.needs,
        "lead_minutes": visit_type.lead_minutes,
        "daily_limit": visit_type.daily_limit,
        "seats": visit_type.seats,
        "preparation": visit_type.preparation,
        "version": visit_type.version,
    }
