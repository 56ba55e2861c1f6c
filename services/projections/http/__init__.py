"""What is asked of the projections: a calendar, the agenda, a patient's appointments."""

from fastapi import APIRouter

from services.projections.http import agenda, calendars, patients
from services.projections.http.desk import Desk

__all__ = ["Desk", "router"]


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["views"])
    calendars.add_route(routes, desk)
    agenda.add_route(routes, desk)
    patients.add_route(routes, desk)
    return routes
