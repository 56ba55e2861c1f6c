"""How delays are reached over HTTP: report, clear, list."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from backbone.clock import Clock
from backbone.privacy.disclosure import SealedRecord, shown
from backbone.privacy.privacy import Privacy
from backbone.projecting.reading import ProjectionReader
from backbone.web.answers import answer, json_answer
from backbone.web.bodies import Posted
from backbone.web.calling import Call, allow
from backbone.web.freshness import AtLeast, reading_views
from backbone.web.visibility import require_facility
from services.patient_flow.answers import DelayAnswer, DelayClearedAnswer, DelayPage
from services.patient_flow.clinic import resources_of
from services.patient_flow.commands import ReportDelay
from services.patient_flow.events import ProviderDelayReported
from services.patient_flow.handling import NOTE, Delays
from services.patient_flow.store import DelayStore

__all__ = ["Desk", "router"]

Reports = Annotated[Call, allow("scheduler", "front-desk", "clinician", "system")]
Reads = Annotated[Call, allow("scheduler", "front-desk", "clinician", "auditor", "ops", "system")]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes work with."""

    handling: Delays
    delays: DelayStore
    clinic: ProjectionReader
    privacy: Privacy
    clock: Clock


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["patient flow"])

    @routes.post("/v1/delays", status_code=201, response_model=DelayAnswer)
    async def report(call: Reports, body: Posted[ReportDelay], at_least: AtLeast = None) -> Response:
        """A provider runs late: every calendar shows it until the end of the day, or until it is cleared."""
        return answer(await desk.handling.report(call, body, at_least), call, status=201)

    @routes.delete("/v1/delays/{resource_id}", response_model=DelayClearedAnswer)
    async def clear(call: Reports, resource_id: UUID, at_least: AtLeast = None) -> Response:
        """The provider is on time again; 409 where nothing is reported for today."""
        return answer(await desk.handling.clear(call, resource_id, at_least), call)

    @routes.get("/v1/delays", response_model=DelayPage)
    async def delays(call: Reads, facility_id: UUID) -> Response:
        """Who is late at a facility now, and by how much."""
        return await _list(desk, call, facility_id)

    return routes


async def _list(desk: Desk, call: Call, facility_id: UUID) -> Response:
    require_facility(call, facility_id)
    async with reading_views(), desk.clinic.open() as tables:
        known = {each.resource_id: each for each in await resources_of(tables, facility_id)}
    states, now = await desk.delays.latest(known), desk.clock.now()
    standing = [event for state in states if (event := state.standing(now)) is not None]
    notes = await _notes(desk, call, facility_id, standing)
    return json_answer(
        {
            "delays": [
                {
                    "resource_id": event.originator_id,
                    "name": known[event.originator_id].name,
                    "minutes": event.minutes,
                    "reported_at": event.timestamp,
                    "valid_until": event.valid_until,
                    "reason": notes.get(event.originator_id) or event.reason_code,
                    "version": event.originator_version,
                }
                for event in standing
            ],
            "next": None,
        }
    )


async def _notes(
    desk: Desk, call: Call, facility_id: UUID, delays: list[ProviderDelayReported]
) -> dict[UUID, Any]:
    """Free words, for those who work with patients; to others the code must do."""
    noted = {event.originator_id: note for event in delays if (note := event.reason_note) is not None}
    if not noted or not call.caller.has("scheduler", "front-desk", "clinician"):
        return {}
    records = [SealedRecord(note.subject, {NOTE: note}) for note in noted.values()]
    opened = await desk.privacy.disclose(call.access("delays.read", [facility_id]), records)
    return {provider: shown(texts[NOTE]) for provider, texts in zip(noted, opened, strict=True)}
