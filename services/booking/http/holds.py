"""``/v1/holds``: a time kept for a while."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from backbone.web.bodies import Posted
from services.booking.commands.appointments import Hold
from services.booking.http.answers.appointments import AppointmentAnswer
from services.booking.http.desk import Books, Desk

__all__ = ["hold_routes"]


def hold_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["holds"])

    @routes.post("/v1/holds", status_code=201, response_model=AppointmentAnswer)
    async def hold(call: Books, body: Posted[Hold]) -> Response:
        """Keeps a proposal's time; nobody else gets it until it expires."""
        return await desk.told(call, "holds.add", desk.bookings.hold(desk.asker(call), body), 201)

    @routes.delete("/v1/holds/{appointment_id}", response_model=AppointmentAnswer)
    async def release_hold(call: Books, appointment_id: UUID) -> Response:
        """Gives the time back."""
        work = desk.bookings.release(desk.asker(call), appointment_id)
        return await desk.told(call, "holds.release", work)

    return routes
