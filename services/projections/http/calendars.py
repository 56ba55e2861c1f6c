"""``GET /v1/calendars/{resource_id}``."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from backbone.web.answers import json_answer
from backbone.web.calling import Call, allow
from backbone.web.freshness import AtLeast
from backbone.web.problems import Problem
from services.projections import people
from services.projections.calendars import answer, view
from services.projections.calendars.projection import Calendars
from services.projections.directory import Directory
from services.projections.http.answers.calendars import CalendarShown
from services.projections.http.desk import Desk, From, To, stretch
from services.projections.patients import Patients
from services.projections.snapshot import snapshot

__all__ = ["add_route"]


def add_route(routes: APIRouter, desk: Desk) -> None:
    """Adds the calendar."""

    @routes.get("/v1/calendars/{resource_id}", response_model=CalendarShown)
    async def calendar(
        call: Annotated[
            Call,
            allow("scheduler", "front-desk", "clinician", "coder", "auditor", "ops", "system", "patient"),
        ],
        resource_id: UUID,
        first: From = None,
        last: To = None,
        at_least: AtLeast = None,
    ) -> Response:
        """What stands in a provider's, room's or device's time, in order; also when it is closed."""
        return await _calendar(desk, call, resource_id, (first, last), at_least)


async def _calendar(
    desk: Desk,
    call: Call,
    resource_id: UUID,
    wanted: tuple[date | datetime | None, date | datetime | None],
    at_least: str | None,
) -> Response:
    action, now = "calendars.read", desk.clock.now()
    async with snapshot(desk.pool, Calendars, Directory, Patients, at_least=at_least) as read:
        resource = await view.find_resource(read.of(Directory), resource_id)
        if resource is None or not any(call.caller.sees_facility(each) for each in resource.zones):
            raise Problem("not-found")
        start, end = stretch(*wanted, resource.zone, now)
        own = frozenset[UUID]()
        for patient_id in call.caller.patient_ids if call.caller.is_patient else ():
            own |= await people.one_person(read.of(Patients), patient_id)
        stored = await view.appointments(read.of(Calendars), resource_id, start, end, now)
        rows = answer.visible(stored, call.caller, own)
        others = []
        if not call.caller.is_patient:
            others += await view.others(read.of(Calendars), [resource_id], start, end)
            others += view.closings(resource, start, end)
        ids = [row["patient_id"] for row in rows]
        known = await people.find(read.of(Patients), ids)
        position = await read.position(Calendars)
    shown = await people.show(desk.privacy, call, action, resource.zones, known, ids)
    return json_answer(
        {
            "resource_id": resource_id,
            "kind": resource.kind,
            "name": resource.name,
            "facility_id": resource.facility_id,
            "time_zone": resource.zone.key,
            "from": start,
            "to": end,
            "entries": answer.entries(rows, others, shown),
            "position": position,
        }
    )
