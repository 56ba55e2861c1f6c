"""Races, overbookings, group seats, absences, delays."""

import asyncio
from typing import Any
from uuid import UUID

from cli.demo.calls import (
    Absence,
    AbsenceOver,
    Delay,
    DelayCleared,
    Join,
    MoveAffected,
    Overbook,
    Race,
    Reschedule,
    Wish,
)
from cli.demo.desk import Answer, SurpriseError
from cli.demo.ledger import Affected, Booking, RaceResult, RefusalResult
from cli.demo.playing.bookings import proposed, reschedule
from cli.demo.playing.shift import Proposal, Shift, first

__all__ = ["absence", "absence_over", "delay", "delay_cleared", "join", "move_affected", "overbook", "race"]

_ROUNDS = 6
_APART_SECONDS = 65 * 60


async def race(shift: Shift, call: Race) -> None:
    """Everybody asks in the same instant. Where an outsider took the time just before, they all ask again."""
    for _ in range(_ROUNDS):
        found = await shift.free(call.visit_type, call.facility, call.wish)
        first(found, call.visit_type)
        asked = found[:1] * len(call.patients) if call.over == "slot" else _apart(found, len(call.patients))
        answers = await asyncio.gather(
            *(
                shift.desk.post("/v1/appointments", proposal.body | {"patient_id": shift.patient(patient)})
                for patient, proposal in zip(call.patients, asked, strict=True)
            )
        )
        if any(answer.ok for answer in answers):
            return await _judged(shift, call, asked, answers)
    raise SurpriseError("nobody won the race")


def _apart(found: list[Proposal], how_many: int) -> list[Proposal]:
    """Proposals far apart, so that nothing but the daily limit stands between them."""
    chosen: list[Proposal] = []
    for proposal in sorted(found, key=lambda one: one.starts_at):
        if not chosen or (proposal.starts_at - chosen[-1].starts_at).total_seconds() >= _APART_SECONDS:
            chosen.append(proposal)
    if len(chosen) < how_many:
        raise SurpriseError("too few free times for the race")
    return chosen[:how_many]


async def _judged(shift: Shift, call: Race, asked: list[Proposal], answers: list[Answer]) -> None:
    for patient, proposal, answer in zip(call.patients, asked, answers, strict=True):
        if answer.ok:
            label = f"race-{call.at}-{patient}"
            booking = proposed(label, patient, call.facility, call.visit_type, proposal)
            await shift.acknowledged(booking, answer)
    shift.ledger.races.append(
        RaceResult(
            name=f"{call.at} {call.visit_type}, {len(call.patients)} callers",
            wins_allowed=call.wins,
            won=tuple(UUID(answer.body["appointment_id"]) for answer in answers if answer.ok),
            refusals=tuple(answer for answer in answers if not answer.ok),
            contested=asked[0].resource_ids if call.over == "slot" else frozenset(),
        )
    )


async def overbook(shift: Shift, call: Overbook) -> None:
    """Without the override it is refused; with it, it stands beside the other visit."""
    over = shift.ledger.bookings[call.over]
    proposal = Proposal(
        {
            "visit_type": over.visit_type,
            "starts_at": over.starts_at.isoformat(),
            "resource_ids": [str(id) for id in over.resource_ids],
        }
    )
    body = proposal.body | {"patient_id": shift.patient(call.patient), "priority": "urgent"}
    plain = await shift.desk.post("/v1/appointments", body)
    shift.ledger.refusals.append(RefusalResult("overbooking without saying so", ("slot-taken",), plain))
    named = body | {"override": {"of": ["taken"], "reason_code": call.reason_code}, "reason": call.reason}
    answer = (await shift.desk.post("/v1/appointments", named)).expect(201)
    await shift.acknowledged(
        proposed(call.label, call.patient, over.facility, over.visit_type, proposal), answer
    )
    shift.ledger.flag(call.label, overbooked=True)


async def join(shift: Shift, call: Join) -> None:
    """A seat in a session is asked for by the session's time and resources."""
    session = shift.ledger.bookings[call.session]
    proposal = Proposal(
        {
            "visit_type": session.visit_type,
            "starts_at": session.starts_at.isoformat(),
            "resource_ids": [str(id) for id in session.resource_ids],
        }
    )
    answer = await shift.desk.post(
        "/v1/appointments", proposal.body | {"patient_id": shift.patient(call.patient)}
    )
    if call.expect == "slot-taken":
        shift.ledger.refusals.append(RefusalResult("a seat in a full class", ("slot-taken",), answer))
        return
    await shift.acknowledged(
        proposed(call.label, call.patient, session.facility, session.visit_type, proposal), answer.expect(201)
    )
    shift.ledger.flag(call.label, session=call.session)


async def absence(shift: Shift, call: Absence) -> None:
    resource_id = shift.known.resources[call.resource]
    zone = shift.files.zones[shift.files.homes[call.resource]]
    starts_at, ends_at = (
        shift.anchor.instant(call.day, wall_clock, zone) for wall_clock in (call.from_time, call.to_time)
    )
    before = shift.ledger.standing_with(resource_id, starts_at, ends_at)
    body = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "reason": call.reason}
    answer = (await shift.desk.post(f"/v1/resources/{resource_id}/absences", body)).expect(201)
    shift.ledger.absences[call.label] = Affected(
        absence_id=UUID(answer.body["absence_id"]),
        resource_id=resource_id,
        told=frozenset(UUID(id) for id in answer.body["affected"]),
        known=before,
        position=answer.body["position"],
    )


async def absence_over(shift: Shift, call: AbsenceOver) -> None:
    away = shift.ledger.absences[call.absence]
    path = f"/v1/resources/{away.resource_id}/absences/{away.absence_id}"
    (await shift.desk.delete(path)).expect(200, 204)


async def move_affected(shift: Shift, call: MoveAffected) -> None:
    """Works off an absence's tasks: each visit is moved to the next free time, which closes its task."""
    away = shift.ledger.absences[call.absence]
    labels = shift.ledger.labels()
    moved = set()
    for task in await _tasks(shift, away):
        visit = shift.ledger.bookings[labels[UUID(task["appointment_id"])]]
        await reschedule(shift, _moved(shift, call, visit))
        moved.add(visit.appointment_id)
    shift.ledger.moved(call.absence, moved)


async def _tasks(shift: Shift, away: Affected) -> list[dict[str, Any]]:
    """What an absence left to do."""
    answer = await shift.desk.get("/v1/tasks", {"at_least": away.position, "limit": 200})
    return [
        task
        for task in answer.expect(200).body["tasks"]
        if task.get("appointment_id") and UUID(task["appointment_id"]) in away.told
    ]


def _moved(shift: Shift, call: MoveAffected, visit: Booking) -> Reschedule:
    return Reschedule(
        at=call.at,
        call="reschedule",
        appointment=visit.label,
        wish=Wish(from_day=(visit.starts_at.date() - shift.anchor.day0).days),
        by="clinic",
        reason_code=call.reason_code,
    )


async def delay(shift: Shift, call: Delay) -> None:
    resource_id = shift.known.resources[call.resource]
    body = {"resource_id": str(resource_id), "minutes": call.minutes, "reason": call.reason}
    (await shift.desk.post("/v1/delays", body, role="front-desk")).expect(200, 201)
    shift.ledger.delays[resource_id] = call.minutes


async def delay_cleared(shift: Shift, call: DelayCleared) -> None:
    resource_id = shift.known.resources[call.resource]
    (await shift.desk.delete(f"/v1/delays/{resource_id}", role="front-desk")).expect(200, 204)
    del shift.ledger.delays[resource_id]
