"""``GET /v1/agenda``."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from backbone.web.answers import json_answer
from backbone.web.calling import Call, allow
from backbone.web.freshness import AtLeast
from backbone.web.problems import Problem
from backbone.web.times import Day
from backbone.web.visibility import require_facility
from services.projections import people
from services.projections.agenda import view
from services.projections.agenda.huddle import huddle, patients_of
from services.projections.agenda.projection import Agenda
from services.projections.calendars.projection import Calendars
from services.projections.directory import Directory
from services.projections.http.answers.agenda import AgendaShown
from services.projections.http.desk import Desk
from services.projections.patients import Patients
from services.projections.snapshot import snapshot

__all__ = ["add_route"]


def add_route(routes: APIRouter, desk: Desk) -> None:
    """Adds the agenda."""

    @routes.get("/v1/agenda", response_model=AgendaShown)
    async def agenda(
        call: Annotated[Call, allow("scheduler", "front-desk", "clinician", "auditor", "ops", "system")],
        facility_id: UUID,
        day: Annotated[
            Day | None, Query(alias="date", description="The facility's today, if absent.")
        ] = None,
        at_least: AtLeast = None,
    ) -> Response:
        """The morning huddle: the day by provider, what changed since yesterday 17:00, what is not ready."""
        return await _agenda(desk, call, facility_id, day, at_least)


async def _agenda(
    desk: Desk, call: Call, facility_id: UUID, day: date | None, at_least: str | None
) -> Response:
    require_facility(call, facility_id)
    now = desk.clock.now()
    async with snapshot(desk.pool, Agenda, Calendars, Directory, Patients, at_least=at_least) as read:
        facility = await view.find_facility(read.of(Directory), facility_id)
        if facility is None:
            raise Problem("not-found")
        chosen = day or facility.today(now)
        stored = await view.read_day(read, facility, chosen, now)
        ids = patients_of(stored)
        known = await people.find(read.of(Patients), ids)
        position = await read.position(Agenda, Calendars)
    shown = await people.show(desk.privacy, call, "agenda.read", [facility_id], known, ids)
    body = huddle(facility, chosen, stored, shown, call.caller.sees_facility)
    return json_answer(body | {"position": position})
