"""``/v1/availability``: free times, as proposals that can be posted as they are."""

from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from backbone.web.answers import json_answer
from backbone.web.calling import Call
from backbone.web.freshness import AtLeast, reading_views
from backbone.web.paging import DEFAULT_LIMIT, Cursor, Limit, next_cursor, read_cursor
from backbone.web.problems import Problem
from backbone.web.times import Instant, rfc3339
from services.booking.handling.searching import Found, Question, visible_facilities
from services.booking.http.answers.appointments import ProposalPage
from services.booking.http.desk import Books, Desk
from services.booking.setup.catalogue import Setup
from services.booking.slots import instant

__all__ = ["availability_routes"]

LONGEST_SEARCH = timedelta(days=92)
_From = Annotated[Instant, Query(alias="from", description="Visits start at this time or later.")]
_To = Annotated[Instant, Query(description="Visits start before this time; at most 92 days later.")]
_ResourceIds = Annotated[list[UUID], Query(max_length=100, description="Of each kind named, any of these.")]


def availability_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["availability"])

    @routes.get("/v1/availability", response_model=ProposalPage)
    async def free_times(
        call: Books,
        visit_type: str,
        starts_from: _From,
        to: _To,
        facility_id: UUID | None = None,
        resource_id: _ResourceIds = [],  # noqa: B006 - never changed, and a query's default
        patient_id: UUID | None = None,
        appointment_id: UUID | None = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
        at_least: AtLeast = None,
    ) -> Response:
        """Every start at which the visit can be booked, in order of time; always as of now.

        ``appointment_id``: an appointment to be moved, whose own time counts as free.
        """
        del at_least
        if not starts_from < to <= starts_from + LONGEST_SEARCH:
            raise Problem("invalid", f"from lies before to, by {LONGEST_SEARCH.days} days at most.")
        moving = None
        asker = desk.asker(call)
        if appointment_id is not None:
            moving = await desk.found(call, "availability", desk.appointments.find(asker, appointment_id))
        whose = await _patient_time(desk, call, patient_id or (moving.patient_id if moving else None))
        after = read_cursor(cursor, int, UUID)
        seen = (after[0], after[1]) if after else None

        def question(setup: Setup) -> Question | None:
            known = setup.visit_types.get(visit_type)
            facilities = visible_facilities(setup, asker, facility_id)
            if known is None or not facilities:
                return None
            named = tuple(resource_id)
            return Question(setup, known, starts_from, to, facilities, named, whose, moving, seen)

        async with reading_views():
            found = await desk.searching.propose(question, desk.clock.now(), limit + 1)
        if found is None:
            raise Problem("not-found", "There is no such visit type or facility.")
        more = found[limit - 1] if len(found) > limit else None
        return json_answer(
            {
                "proposals": [_proposal(one) for one in found[:limit]],
                "next": next_cursor(more.choice.slot, more.candidates.facility.facility_id) if more else None,
            }
        )

    return routes


async def _patient_time(desk: Desk, call: Call, patient_id: UUID | None) -> tuple[UUID, ...]:
    if patient_id is None:
        return ()
    patient = await desk.found(call, "availability", desk.patients.find(desk.asker(call), patient_id))
    return patient.time_of


def _proposal(found: Found) -> dict[str, Any]:
    candidates, (slot, resources) = found
    proposal: dict[str, Any] = {
        "visit_type": candidates.visit_type.code,
        "starts_at": _written(slot),
        "ends_at": _written(slot + candidates.length),
    }
    if not candidates.staggered:
        proposal["resource_ids"] = [one.resource_id for one in resources]
        return proposal
    parts = []
    for span, resource in zip(candidates.spans, resources, strict=True):
        first = slot + span.first
        parts.append(
            {
                "resource_id": resource.resource_id,
                "starts_at": _written(first),
                "ends_at": _written(first + span.length),
            }
        )
    proposal["resources"] = parts
    return proposal


@lru_cache(maxsize=16_384)
def _written(slot: int) -> str:
    """A slot's beginning; many searches propose the same times."""
    return rfc3339(instant(slot))
