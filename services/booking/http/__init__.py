"""How booking is reached over HTTP: one file per resource of the API."""

from fastapi import APIRouter

from services.booking.http.appointments import appointment_routes
from services.booking.http.availability import availability_routes
from services.booking.http.desk import Desk
from services.booking.http.erasure import erasure_routes
from services.booking.http.facilities import facility_routes
from services.booking.http.holds import hold_routes
from services.booking.http.patients import patient_routes
from services.booking.http.resources import resource_routes
from services.booking.http.tasks import task_routes
from services.booking.http.visit_types import visit_type_routes

__all__ = ["router"]


def router(desk: Desk) -> APIRouter:
    """All of booking's routes."""
    routes = APIRouter()
    # The most wanted first: they are looked through in this order.
    for some in (
        appointment_routes,
        availability_routes,
        hold_routes,
        patient_routes,
        erasure_routes,
        task_routes,
        resource_routes,
        facility_routes,
        visit_type_routes,
    ):
        routes.routes.extend(some(desk).routes)
    return routes
