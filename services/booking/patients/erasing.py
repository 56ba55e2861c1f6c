"""Erasing a patient: asked for by one, approved by another, and hindered by what must be kept.

What is decided here is final. Destroying the keys follows, and is done again until it is done
(``services/booking/handling/erasing.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from backbone.store.decision import Decision, Refusal
from services.booking.appointments.standing import Standing, Stretch
from services.booking.appointments.visit import FARTHEST_AHEAD
from services.booking.asking import Asking
from services.booking.decisions import together
from services.booking.events.patients import LegalHoldLifted, LegalHoldSet, PatientErased, PatientEvent
from services.booking.events.tasks import TaskOpened
from services.booking.patients.patient import Patient
from services.booking.slots import slot_after, slot_of
from services.booking.tasks.open_tasks import OpenTasks
from services.booking.tasks.task import Task, complete, task_claim

__all__ = [
    "Whole",
    "approve_erasure",
    "ask_for_erasure",
    "coming_time",
    "erase_again",
    "lift_legal_hold",
    "set_legal_hold",
    "withdraw_erasure",
]

_APPROVE_WITHIN = timedelta(days=7)
_OWNER = "ops"

E_ = TypeVar("E_", bound=PatientEvent)


@dataclass(frozen=True, slots=True)
class Whole:
    """A person with all that may hinder an erasure: every merged record, what is booked, what is open."""

    records: tuple[Patient, ...]
    """The one that stands first."""
    standing: tuple[Standing, ...]
    """Per record, who holds its time from now on."""
    tasks: OpenTasks
    kept_until: datetime | None = None
    """The end of the retention period; None: there was no visit."""

    @property
    def patient(self) -> Patient:
        """The record that stands."""
        return self.records[0]

    @property
    def request(self) -> Task | None:
        """The erasure that was asked for and not decided on."""
        return next((task for task in self.tasks.tasks if task.kind == "approve-erasure"), None)

    @property
    def legal_holds(self) -> tuple[UUID, ...]:
        """Of all records."""
        return tuple(hold for record in self.records for hold in record.legal_holds)

    def hindrance(self, now: datetime) -> Refusal | None:
        """Why it can't be erased now."""
        if self.legal_holds:
            return Refusal("legal-hold", "The patient's data are under legal hold.")
        if any(standing.appointments for standing in self.standing):
            return Refusal("patient-has-appointments", "Cancel the patient's appointments and holds first.")
        if self.kept_until is not None and now < self.kept_until:
            return Refusal("retention", f"The data must be kept until {self.kept_until.date()}.")
        return None

    def guarded(self, decision: Decision) -> Decision:
        """The decision, as long as nothing of this changes: neither a record nor what is booked or open."""
        guards = [guard for standing in self.standing for guard in standing.guards()]
        written = {event.originator_id for event in decision.events}
        reads = {one.patient_id: one.version for one in self.records if one.patient_id not in written}
        return replace(
            decision,
            reads={**decision.reads, **reads},
            occupied=(*decision.occupied, *guards, *self.tasks.guards()),
        )


def coming_time(patient_id: UUID, now: datetime) -> Stretch:
    """Where a patient's time may be taken, from now on."""
    return Stretch(patient_id, slot_of(now), slot_after(now + FARTHEST_AHEAD + timedelta(days=1)))


def ask_for_erasure(asking: Asking, whole: Whole, task_id: UUID, reason_code: str) -> Decision:
    """Somebody asks; asked for already, nothing changes."""
    patient, request = whole.patient, whole.request
    if request is not None:
        return asking.unchanged(patient.patient_id, patient.version, _answer(patient, request.task_id))
    if hindrance := whole.hindrance(asking.now):
        return asking.refuse(hindrance.type, hindrance.detail)
    event = TaskOpened(
        originator_id=task_id,
        originator_version=1,
        timestamp=asking.now,
        task_id=task_id,
        kind="approve-erasure",
        reason_code=reason_code,
        owner=_OWNER,
        due_at=asking.now + _APPROVE_WITHIN,
        patient_id=patient.patient_id,
        asked_by=asking.origin.auth_id,
    )
    decision = asking.record(event, answer=_answer(patient, task_id))
    return whole.guarded(replace(decision, claims=task_claim(event)))


def approve_erasure(asking: Asking, whole: Whole) -> Decision:
    """Another approves: every record of the person is erased."""
    request = whole.request
    if request is None:
        return asking.refuse("wrong-status", "no erasure was asked for")
    if request.asked_by == asking.origin.auth_id:
        return asking.refuse("forbidden", "an erasure is approved by somebody else than who asked for it")
    if hindrance := whole.hindrance(asking.now):
        return asking.refuse(hindrance.type, hindrance.detail)
    events = [
        _next(PatientErased, asking, record, reason_code=request.reason_code) for record in whole.records
    ]
    erased = [str(record.patient_id) for record in whole.records]
    answer = _answer(whole.patient, request.task_id) | {"erased": erased}
    decision = asking.record(*events, answer=answer)
    done = [complete(asking, task, "erased") for task in whole.tasks.tasks]
    return whole.guarded(together(decision, *done))


def withdraw_erasure(asking: Asking, whole: Whole, reason_code: str) -> Decision:
    """It is not to be erased after all; by who asked, or by another."""
    request = whole.request
    if request is None:
        return asking.refuse("wrong-status", "no erasure was asked for")
    decision = complete(asking, request, reason_code)
    return whole.guarded(replace(decision, answer=_answer(whole.patient, request.task_id)))


def erase_again(asking: Asking, patient: Patient) -> Decision:
    """A backup has brought back an erased patient: the list of erasures says so, and is believed."""
    if patient.erased:
        return asking.unchanged(patient.patient_id, patient.version, {})
    return asking.record(_next(PatientErased, asking, patient, reason_code="restored-from-backup"))


def set_legal_hold(asking: Asking, patient: Patient, hold_id: UUID, reason_code: str) -> Decision:
    """What is known of the patient is to be kept."""
    event = _next(LegalHoldSet, asking, patient, hold_id=hold_id, reason_code=reason_code)
    return asking.record(event, answer={"patient_id": str(patient.patient_id), "hold_id": str(hold_id)})


def lift_legal_hold(asking: Asking, records: Sequence[Patient], hold_id: UUID, reason_code: str) -> Decision:
    """A hold is lifted, from whichever of the person's records it lies on."""
    held = next((record for record in records if hold_id in record.legal_holds), None)
    if held is None:
        return asking.refuse("not-found", "no such legal hold")
    event = _next(LegalHoldLifted, asking, held, hold_id=hold_id, reason_code=reason_code)
    return asking.record(event, answer={"patient_id": str(held.patient_id), "hold_id": str(hold_id)})


def _next(kind: type[E_], asking: Asking, record: Patient, **more: Any) -> E_:
    return kind(
        originator_id=record.patient_id,
        originator_version=record.version + 1,
        timestamp=asking.now,
        patient_id=record.patient_id,
        **more,
    )


def _answer(patient: Patient, task_id: UUID) -> dict[str, object]:
    return {"patient_id": str(patient.patient_id), "task_id": str(task_id)}
