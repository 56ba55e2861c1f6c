"""Search, hold, book, confirm, move, cancel."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from cli.demo.calls import Book, BookHeld, Cancel, Confirm, Hold, Release, Reschedule, Search
from cli.demo.desk import Answer, SurpriseError
from cli.demo.ledger import Booking
from cli.demo.playing.shift import Proposal, Shift, first

__all__ = ["book", "book_held", "cancel", "confirm", "hold", "proposed", "release", "reschedule", "search"]

_ATTEMPTS = 8
"""So often a clerk offers another time when a colleague was faster."""
_NOBODY_COMES_BACK = 10
"""A hold of fewer seconds runs out before the day is over."""
_NOBODY = UUID(int=0)


def proposed(label: str, patient: str, facility: str, visit_type: str, proposal: Proposal) -> Booking:
    """What the ledger writes when ``proposal`` is acknowledged."""
    return Booking(
        label=label,
        appointment_id=_NOBODY,
        patient=patient,
        facility=facility,
        visit_type=visit_type,
        status="booked",
        starts_at=proposal.starts_at,
        ends_at=proposal.ends_at,
        times=proposal.times,
        version=0,
    )


async def search(shift: Shift, call: Search) -> None:
    first(await shift.free(call.visit_type, call.facility, call.wish), call.visit_type)


async def _taken(shift: Shift, call: Book | Hold, path: str, more: dict[str, Any]) -> None:
    for _ in range(_ATTEMPTS):
        found = await shift.free(call.visit_type, call.facility, call.wish, call.patient)
        proposal = first(found, call.visit_type)
        answer = await shift.desk.post(
            path, proposal.body | {"patient_id": shift.patient(call.patient)} | more
        )
        if answer.problem != "slot-taken":
            answer.expect(201)
            await shift.acknowledged(
                proposed(call.label, call.patient, call.facility, call.visit_type, proposal), answer
            )
            return
        shift.ledger.lost_to_colleagues += 1
    raise SurpriseError(f"{_ATTEMPTS} proposals in a row were taken by others")


async def book(shift: Shift, call: Book) -> None:
    await _taken(shift, call, "/v1/appointments", {"reason": call.reason})


async def hold(shift: Shift, call: Hold) -> None:
    await _taken(shift, call, "/v1/holds", {"expires_in_seconds": call.seconds})
    if call.seconds < _NOBODY_COMES_BACK:
        shift.ledger.will_lapse(call.label)


async def book_held(shift: Shift, call: BookHeld) -> None:
    held = str(shift.ledger.bookings[call.appointment].appointment_id)
    body = {"hold": held, "patient_id": shift.patient(call.patient), "reason": call.reason}
    await shift.changed(call.appointment, (await shift.desk.post("/v1/appointments", body)).expect(201))


async def release(shift: Shift, call: Release) -> None:
    held = shift.ledger.bookings[call.appointment]
    answer = (await shift.desk.delete(f"/v1/holds/{held.appointment_id}")).expect(200, 204)
    body = {"appointment_id": str(held.appointment_id), "status": "cancelled", "version": held.version + 1}
    await shift.changed(call.appointment, Answer(answer.method, answer.path, 200, body | dict(answer.body)))


async def confirm(shift: Shift, call: Confirm) -> None:
    visit = shift.ledger.bookings[call.appointment]
    answer = await shift.desk.post(f"/v1/appointments/{visit.appointment_id}/confirm", {}, role="front-desk")
    await shift.changed(call.appointment, answer.expect(200))


async def reschedule(shift: Shift, call: Reschedule) -> None:
    visit = shift.ledger.bookings[call.appointment]
    for _ in range(_ATTEMPTS):
        found = await shift.free(
            visit.visit_type,
            visit.facility,
            call.wish,
            visit.patient,
            appointment_id=str(visit.appointment_id),
        )
        elsewhere = [proposal for proposal in found if proposal.starts_at != visit.starts_at]
        proposal = first(elsewhere, visit.visit_type)
        body = {
            "starts_at": proposal.body["starts_at"],
            "resource_ids": [str(id) for id in proposal.resource_ids],
            "by": call.by,
            "reason_code": call.reason_code,
        }
        answer = await shift.desk.post(
            f"/v1/appointments/{visit.appointment_id}/reschedule", body, if_match=visit.version
        )
        if answer.problem != "slot-taken":
            await shift.acknowledged(replace(visit, times=proposal.times), answer.expect(200))
            return
        shift.ledger.lost_to_colleagues += 1
    raise SurpriseError(f"{_ATTEMPTS} proposals in a row were taken by others")


async def cancel(shift: Shift, call: Cancel) -> None:
    visit = shift.ledger.bookings[call.appointment]
    body = {"by": call.by, "reason_code": call.reason_code}
    answer = await shift.desk.post(f"/v1/appointments/{visit.appointment_id}/cancel", body)
    await shift.changed(call.appointment, answer.expect(200))
