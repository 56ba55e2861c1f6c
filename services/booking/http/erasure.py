"""``/v1/patients/{id}/erasure`` and ``.../legal-holds``: asked by one, approved by another."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from backbone.web.answers import json_answer
from backbone.web.bodies import Posted
from backbone.web.calling import Call
from backbone.web.problems import Problem
from services.booking.commands.patients import ApproveErasure, WithReason
from services.booking.http.answers.patients import (
    ErasedAnswer,
    ErasureAnswer,
    ErasureShown,
    LegalHoldAnswer,
)
from services.booking.http.desk import Desk, Erases
from services.booking.patients.erasing import Whole

__all__ = ["erasure_routes"]


def erasure_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["patients"])

    @routes.get("/v1/patients/{patient_id}/erasure", response_model=ErasureShown)
    async def read_erasure(call: Erases, patient_id: UUID) -> Response:
        """Whether it was asked for, and what hinders it."""
        _require_everywhere(call)
        asker, action = desk.asker(call), "patients.erasure.read"
        known = await desk.found(call, action, desk.patients.find(asker, patient_id))
        await desk.privacy.record(call.access(action), "disclosed", (known.patient_id,))
        if known.erased:
            return json_answer({"patient_id": known.patient_id, "status": "erased"})
        now = asker.asking.now
        whole = await desk.found(call, action, desk.erasing.standing(known.patient_id, now))
        hindrance = whole.hindrance(now)
        return json_answer(_shown(whole) | ({"hindered_by": hindrance.type} if hindrance else {}))

    @routes.post("/v1/patients/{patient_id}/erasure", status_code=201, response_model=ErasureAnswer)
    async def ask_for_erasure(call: Erases, patient_id: UUID, body: Posted[WithReason]) -> Response:
        """Asks that the patient's data be made unreadable for good; somebody else has to approve it.

        Refused under legal hold, while the patient has appointments or holds to come, and in the retention
        period.
        """
        _require_everywhere(call)
        work = desk.erasing.ask(desk.asker(call), patient_id, body.reason_code)
        return await desk.told(call, "patients.erasure.ask", work, 201)

    @routes.post("/v1/patients/{patient_id}/erasure/approve", response_model=ErasedAnswer)
    async def approve_erasure(call: Erases, patient_id: UUID, body: Posted[ApproveErasure]) -> Response:
        """Erases the patient, with every record that was merged. There is no way back."""
        del body
        _require_everywhere(call)
        work = desk.erasing.approve(desk.asker(call), patient_id)
        return await desk.told(call, "patients.erasure.approve", work)

    @routes.post("/v1/patients/{patient_id}/erasure/withdraw", response_model=ErasureAnswer)
    async def withdraw_erasure(call: Erases, patient_id: UUID, body: Posted[WithReason]) -> Response:
        """The patient is not to be erased after all."""
        _require_everywhere(call)
        work = desk.erasing.withdraw(desk.asker(call), patient_id, body.reason_code)
        return await desk.told(call, "patients.erasure.withdraw", work)

    @routes.post("/v1/patients/{patient_id}/legal-holds", status_code=201, response_model=LegalHoldAnswer)
    async def set_legal_hold(call: Erases, patient_id: UUID, body: Posted[WithReason]) -> Response:
        """Whatever is asked for, the patient is not erased until the hold is lifted."""
        _require_everywhere(call)
        work = desk.erasing.hold(desk.asker(call), patient_id, body.reason_code)
        return await desk.told(call, "patients.legal-hold.set", work, 201)

    @routes.post("/v1/patients/{patient_id}/legal-holds/{hold_id}/lift", response_model=LegalHoldAnswer)
    async def lift_legal_hold(
        call: Erases, patient_id: UUID, hold_id: UUID, body: Posted[WithReason]
    ) -> Response:
        """Lifts one hold; others stay."""
        _require_everywhere(call)
        work = desk.erasing.lift(desk.asker(call), patient_id, hold_id, body.reason_code)
        return await desk.told(call, "patients.legal-hold.lift", work)

    return routes


def _require_everywhere(call: Call) -> None:
    """A patient belongs to the whole organisation, so who is limited to facilities may not erase one."""
    if call.caller.facility_ids is not None:
        raise Problem("forbidden", "This takes a role in the whole organisation.")


def _shown(whole: Whole) -> dict[str, Any]:
    request = whole.request
    shown: dict[str, Any] = {
        "patient_id": whole.patient.patient_id,
        "status": "asked" if request else "none",
        "records": [record.patient_id for record in whole.records],
        "legal_holds": whole.legal_holds,
    }
    if request is not None:
        shown |= {
            "task_id": request.task_id,
            "reason_code": request.reason_code,
            "asked_by": request.asked_by,
            "due_at": request.due_at,
        }
    return shown | ({"kept_until": whole.kept_until} if whole.kept_until else {})
