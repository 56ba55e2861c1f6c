"""``GET /v1/patients/{id}/appointments``."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response

from backbone.web.answers import json_answer
from backbone.web.calling import Call, allow
from backbone.web.freshness import AtLeast
from backbone.web.paging import DEFAULT_LIMIT, Cursor, Limit, next_cursor, read_cursor
from backbone.web.problems import Problem
from backbone.web.visibility import require_patient
from services.projections import people
from services.projections.http.answers.patients import PatientAppointmentPage
from services.projections.http.desk import Desk, From, To, first_instant, last_instant
from services.projections.patient_appointments import PatientAppointments, list_appointments
from services.projections.patients import Patients
from services.projections.snapshot import snapshot

__all__ = ["add_route"]


def add_route(routes: APIRouter, desk: Desk) -> None:
    """Adds a patient's appointments."""

    @routes.get("/v1/patients/{patient_id}/appointments", response_model=PatientAppointmentPage)
    async def appointments(
        call: Annotated[
            Call, allow("scheduler", "front-desk", "clinician", "coder", "auditor", "system", "patient")
        ],
        patient_id: UUID,
        first: From = None,
        last: To = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
        at_least: AtLeast = None,
    ) -> Response:
        """A patient's appointments of every status, in order of time; merged records count as one."""
        return await _appointments(desk, call, patient_id, (first, last), (cursor, limit), at_least)


async def _appointments(
    desk: Desk,
    call: Call,
    patient_id: UUID,
    wanted: tuple[date | datetime | None, date | datetime | None],
    page: tuple[str | None, int],
    at_least: str | None,
) -> Response:
    action = "patients.appointments"
    await require_patient(desk.privacy, call, action, patient_id)
    cursor, limit = page
    after = read_cursor(cursor, datetime.fromisoformat, UUID)
    async with snapshot(desk.pool, PatientAppointments, Patients, at_least=at_least) as read:
        same = await people.one_person(read.of(Patients), patient_id)
        if not same:
            raise Problem("not-found")
        rows = await list_appointments(
            read.of(PatientAppointments),
            same,
            None if call.caller.facility_ids is None else list(call.caller.facility_ids),
            first_instant(wanted[0], ZoneInfo("UTC")),
            last_instant(wanted[1], ZoneInfo("UTC")),
            desk.clock.now(),
            after,
            limit + 1,
        )
        position = await read.position(PatientAppointments)
    await desk.privacy.disclose(
        call.access(action, {row["facility_id"] for row in rows}), [], also=[patient_id]
    )
    listed = [{name: value for name, value in row.items() if value is not None} for row in rows[:limit]]
    last = listed[-1] if len(rows) > limit else None
    return json_answer(
        {
            "patient_id": patient_id,
            "appointments": listed,
            "next": last and next_cursor(last["starts_at"], last["appointment_id"]),
            "position": position,
        }
    )
