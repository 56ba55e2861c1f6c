"""``/v1/tasks``: what somebody has to do."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from backbone.web.answers import json_answer
from backbone.web.bodies import Posted
from backbone.web.calling import Call, allow
from backbone.web.freshness import AtLeast, reading_views
from backbone.web.paging import DEFAULT_LIMIT, Cursor, Limit, next_cursor, read_cursor
from backbone.web.visibility import require_facility
from services.booking.commands.tasks import CompleteTask
from services.booking.handling.tasks import complete_task
from services.booking.http.answers.tasks import TaskAnswer, TaskPage
from services.booking.http.desk import Desk, Serves
from services.booking.tasks.task_list import list_tasks

__all__ = ["task_routes"]


SeesTasks = Annotated[Call, allow("scheduler", "front-desk", "clinician", "system", "ops")]


def task_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["tasks"])

    @routes.get("/v1/tasks", response_model=TaskPage)
    async def read_tasks(
        call: SeesTasks,
        facility_id: UUID | None = None,
        done: bool = False,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
        at_least: AtLeast = None,
    ) -> Response:
        """Open tasks, or done ones, in the order in which they are due; those about erasures for ops only."""
        if facility_id is not None:
            require_facility(call, facility_id)
        seen = [facility_id] if facility_id else call.caller.facility_ids
        after = read_cursor(cursor, datetime.fromisoformat, UUID)
        async with reading_views(), desk.tasks.open(at_least) as tables:
            found = await list_tasks(
                tables,
                None if seen is None else list(seen),
                done,
                (after[0], after[1]) if after else None,
                limit + 1,
                _erasures(call),
            )
        more = found[limit - 1] if len(found) > limit else None
        patients = {task["patient_id"] for task in found[:limit] if task["patient_id"]}
        if patients:
            await desk.privacy.record(call.access("tasks.read", list(seen or ())), "disclosed", patients)
        return json_answer(
            {
                "tasks": [_shown(task) for task in found[:limit]],
                "next": next_cursor(more["due_at"], more["task_id"]) if more else None,
            }
        )

    @routes.post("/v1/tasks/{task_id}/done", response_model=TaskAnswer)
    async def task_done(call: Serves, task_id: UUID, body: Posted[CompleteTask]) -> Response:
        """Somebody did it, or it needs no doing any more."""
        work = complete_task(desk.store, desk.asker(call), task_id, body.outcome_code)
        return await desk.told(call, "tasks.done", work)

    return routes


def _erasures(call: Call) -> bool | None:
    if not call.caller.has("ops"):
        return False
    return None if call.caller.has("scheduler", "front-desk", "clinician", "system") else True


def _shown(task: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in task.items() if value is not None}
    return shown | {"status": "done" if task["done_at"] else "open"}
