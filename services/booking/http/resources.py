"""``/v1/resources``: providers, rooms and devices, their weekly hours and absences."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from backbone.web.answers import json_answer
from backbone.web.bodies import Posted
from backbone.web.freshness import AtLeast
from backbone.web.paging import DEFAULT_LIMIT, Cursor, Limit
from backbone.web.problems import Problem
from backbone.web.versions import etag
from services.booking.commands.setup import AddAbsence, AddResource, ChangeResource, SetTemplate
from services.booking.http.answers.resources import (
    AbsenceAnswer,
    AbsenceRemovedAnswer,
    ResourceAnswer,
    ResourceChangedAnswer,
    ResourceInFull,
    ResourcePage,
    RetiredAnswer,
    TemplateAnswer,
    resource_in_full,
    resource_in_short,
)
from services.booking.http.desk import Desk, Reads, Serves, SetsUp, page
from services.booking.values import ResourceKind

__all__ = ["resource_routes"]


def resource_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["resources"])

    @routes.post("/v1/resources", status_code=201, response_model=ResourceAnswer)
    async def add_resource(call: SetsUp, body: Posted[AddResource]) -> Response:
        """Adds a provider, a room or a device. A provider has no hours until a template is set."""
        work = desk.setting_up.add_resource(desk.asker(call), body)
        return await desk.told(call, "resources.add", work, 201)

    @routes.patch("/v1/resources/{resource_id}", response_model=ResourceChangedAnswer)
    async def change_resource(call: SetsUp, resource_id: UUID, body: Posted[ChangeResource]) -> Response:
        """Changes what is named; each booking that then lacks what it needs, or a place, becomes a task."""
        work = desk.setting_up.change_resource(desk.asker(call), resource_id, body)
        return await desk.told(call, "resources.change", work)

    @routes.post("/v1/resources/{resource_id}/retire", response_model=RetiredAnswer)
    async def retire_resource(call: SetsUp, resource_id: UUID) -> Response:
        """It takes no more bookings; each that it has becomes a task."""
        work = desk.setting_up.retire(desk.asker(call), resource_id)
        return await desk.told(call, "resources.retire", work)

    @routes.put("/v1/resources/{resource_id}/template", response_model=TemplateAnswer)
    async def set_template(call: SetsUp, resource_id: UUID, body: Posted[SetTemplate]) -> Response:
        """Sets weekly hours for a range of local days; there they replace what was set before."""
        work = desk.setting_up.set_template(desk.asker(call), resource_id, body)
        return await desk.told(call, "resources.template", work)

    @routes.post("/v1/resources/{resource_id}/absences", status_code=201, response_model=AbsenceAnswer)
    async def add_absence(call: Serves, resource_id: UUID, body: Posted[AddAbsence]) -> Response:
        """It is away; each booking in that time becomes a task."""
        work = desk.setting_up.add_absence(desk.asker(call), resource_id, body)
        return await desk.told(call, "resources.absences.add", work, 201)

    @routes.delete("/v1/resources/{resource_id}/absences/{absence_id}", response_model=AbsenceRemovedAnswer)
    async def remove_absence(call: Serves, resource_id: UUID, absence_id: UUID) -> Response:
        """It is not away after all."""
        work = desk.setting_up.remove_absence(desk.asker(call), resource_id, absence_id)
        return await desk.told(call, "resources.absences.remove", work)

    @routes.get("/v1/resources/{resource_id}", response_model=ResourceInFull)
    async def read_resource(call: Reads, resource_id: UUID) -> Response:
        """One resource with its weekly hours and absences. Patients are not shown the absences."""
        known = (await desk.store.cache.refresh()).resources.get(resource_id)
        if known is None or not call.caller.sees_facility(known.facility_id):
            raise Problem("not-found")
        return json_answer(resource_in_full(known, call.caller), headers={"ETag": etag(known.version)})

    @routes.get("/v1/resources", response_model=ResourcePage)
    async def list_resources(
        call: Reads,
        facility_id: UUID | None = None,
        kind: ResourceKind | None = None,
        specialty: str | None = None,
        retired: bool = False,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
        at_least: AtLeast = None,
    ) -> Response:
        """Resources of the caller's facilities. Always up to date: ``at_least`` is never waited for."""
        del at_least
        setup = await desk.store.cache.refresh()
        seen = (
            (key, each)
            for key, each in setup.resources.items()
            if call.caller.sees_facility(each.facility_id)
            and each.retired == retired
            and facility_id in (None, each.facility_id)
            and kind in (None, each.kind)
            and (specialty is None or specialty in each.specialties)
        )
        return page("resources", seen, cursor, limit, resource_in_short)

    return routes
