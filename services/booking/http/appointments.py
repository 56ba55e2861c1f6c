"""``/v1/appointments``: booked, moved, confirmed, corrected, called off, read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import RootModel
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

from backbone.events import DomainEvent
from backbone.privacy.disclosure import SealedRecord, shown
from backbone.store.committed import CommittedEvent
from backbone.web.answers import json_answer
from backbone.web.bodies import JsonBody, Posted, read_json
from backbone.web.calling import Call
from backbone.web.headers import header_of
from backbone.web.versions import etag
from services.booking.appointments.appointment import Appointment
from services.booking.commands.appointments import (
    Book,
    BookHold,
    Cancel,
    ChangeDetails,
    Confirm,
    ConfirmPreparation,
    EnterInError,
    Reschedule,
)
from services.booking.handling.bookings import REASON
from services.booking.http.answers.appointments import (
    AppointmentAnswer,
    AppointmentShown,
    appointment_shown,
)
from services.booking.http.answers.history import HistoryPage, happened_shown
from services.booking.http.desk import Books, Desk, ReadsRecords, Serves

__all__ = ["appointment_routes"]


class BookOrBookHold(RootModel[Book | BookHold]):
    """A proposal with a patient, or a hold to be booked."""


class BookingBody(JsonBody):
    """Tells the two by the field ``hold``, so that what is wrong with one is told in its terms."""

    def __init__(self) -> None:
        super().__init__(BookOrBookHold)

    async def __call__(self, request: Request) -> Book | BookHold:
        raw = await request.body()
        content_type = header_of(request, b"content-type")
        if _names_hold(raw):
            return read_json(content_type, raw, BookHold)
        return read_json(content_type, raw, Book)


def _names_hold(raw: bytes) -> bool:
    if b'"hold"' not in raw:
        return False
    try:
        body = from_json(raw)
    except ValueError:
        return False
    return isinstance(body, dict) and "hold" in body


def appointment_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["appointments"])

    @routes.post("/v1/appointments", status_code=201, response_model=AppointmentAnswer)
    async def book(call: Books, body: Annotated[Book | BookHold, Depends(BookingBody())]) -> Response:
        """Books a proposal, or what is held. All that the visit takes, or nothing."""
        asker = desk.asker(call)
        work = (
            desk.bookings.book_hold(asker, body)
            if isinstance(body, BookHold)
            else desk.bookings.book(asker, body)
        )
        return await desk.told(call, "appointments.book", work, 201)

    @routes.get("/v1/appointments/{appointment_id}", response_model=AppointmentShown)
    async def read_appointment(call: ReadsRecords, appointment_id: UUID) -> Response:
        """The appointment as it stands, always up to date."""
        work = desk.appointments.find(desk.asker(call), appointment_id)
        found = await desk.found(call, "appointments.read", work)
        reason = await _reason(desk, call, found)
        return json_answer(appointment_shown(found, reason), headers={"ETag": etag(found.version)})

    @routes.get("/v1/appointments/{appointment_id}/history", response_model=HistoryPage)
    async def read_history(call: ReadsRecords, appointment_id: UUID) -> Response:
        """What happened to it, in order; who, and when."""
        work = desk.appointments.history(desk.asker(call), appointment_id)
        found, events = await desk.found(call, "appointments.history", work)
        await _on_record(desk, call, "appointments.history", found)
        told = [happened_shown(each, _event(desk, each), call.caller.sees_facility) for each in events]
        return json_answer({"appointment_id": appointment_id, "events": told, "next": None})

    @routes.post("/v1/appointments/{appointment_id}/confirm", response_model=AppointmentAnswer)
    async def confirm(call: Books, appointment_id: UUID, body: Posted[Confirm]) -> Response:
        """The patient will attend."""
        del body
        work = desk.appointments.confirm(desk.asker(call), appointment_id)
        return await desk.told(call, "appointments.confirm", work)

    @routes.post("/v1/appointments/{appointment_id}/reschedule", response_model=AppointmentAnswer)
    async def reschedule(call: Books, appointment_id: UUID, body: Posted[Reschedule]) -> Response:
        """Moves it; it stays the same appointment, and its own time is free for itself.

        A group visit's session moves with everybody in it, or not at all.
        """
        work = desk.bookings.reschedule(desk.asker(call), appointment_id, body)
        return await desk.told(call, "appointments.reschedule", work)

    @routes.post("/v1/appointments/{appointment_id}/cancel", response_model=AppointmentAnswer)
    async def cancel(call: Books, appointment_id: UUID, body: Posted[Cancel]) -> Response:
        """It won't take place; of a group visit's session: for nobody in it."""
        work = desk.appointments.cancel(desk.asker(call), appointment_id, body)
        return await desk.told(call, "appointments.cancel", work)

    @routes.post("/v1/appointments/{appointment_id}/preparation", response_model=AppointmentAnswer)
    async def confirm_preparation(
        call: Books, appointment_id: UUID, body: Posted[ConfirmPreparation]
    ) -> Response:
        """The patient has done what was asked for before the visit; ``items`` left out: all of it."""
        work = desk.appointments.prepared(desk.asker(call), appointment_id, body)
        return await desk.told(call, "appointments.preparation", work)

    @routes.patch("/v1/appointments/{appointment_id}", response_model=AppointmentAnswer)
    async def change_details(call: Serves, appointment_id: UUID, body: Posted[ChangeDetails]) -> Response:
        """Another reason or priority."""
        work = desk.appointments.change_details(desk.asker(call), appointment_id, body)
        return await desk.told(call, "appointments.change", work)

    @routes.post("/v1/appointments/{appointment_id}/entered-in-error", response_model=AppointmentAnswer)
    async def enter_in_error(call: Serves, appointment_id: UUID, body: Posted[EnterInError]) -> Response:
        """It should never have been entered: it takes no time and counts nowhere; its history stays."""
        work = desk.appointments.enter_in_error(desk.asker(call), appointment_id, body)
        return await desk.told(call, "appointments.entered-in-error", work)

    return routes


async def _reason(desk: Desk, call: Call, found: Appointment) -> str | None:
    """The reason in plain text, once the access is on record; not for auditors, who see that there is one."""
    sealed = found.reason
    if sealed is None or not call.caller.has("scheduler", "front-desk", "clinician", "coder", "patient"):
        await _on_record(desk, call, "appointments.read", found)
        return None
    access = call.access("appointments.read", [found.facility_id])
    (opened,) = await desk.privacy.disclose(access, [SealedRecord(sealed.subject, {REASON: sealed})])
    return shown(opened[REASON])


async def _on_record(desk: Desk, call: Call, action: str, found: Appointment) -> None:
    if found.patient_id is not None:
        access = call.access(action, [found.facility_id])
        await desk.privacy.record(access, "disclosed", (found.patient_id,))


def _event(desk: Desk, committed: CommittedEvent) -> DomainEvent:
    return desk.store.events.mapper.decode(
        committed.type, committed.stream_id, committed.version, committed.state
    )
