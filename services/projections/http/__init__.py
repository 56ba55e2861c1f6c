"""What is asked of the projections: a calendar, the agenda, a patient's appointments."""

from fastapi import APIRouter

from services.projections.http import agenda, calendars, patients
from services.projections.http.asking import Views

__all__ = ["Views", "router"]


def router(views: Views) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["views"])
    calendars.add_route(routes, views)
    agenda.add_route(routes, views)
    patients.add_route(routes, views)
    return routes
