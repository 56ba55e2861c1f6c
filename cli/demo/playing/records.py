"""Patients: found, registered, corrected, merged."""

from uuid import UUID

from cli.demo.calls import Correct, Find, Merge, Register
from cli.demo.desk import SurpriseError
from cli.demo.playing.shift import Shift
from cli.demo.registering import register_patient

__all__ = ["correct", "find", "merge", "register"]


async def find(shift: Shift, call: Find) -> None:
    answer = (await shift.desk.post("/v1/patients/search", call.by, role="front-desk")).expect(200)
    found = {str(patient["patient_id"]) for patient in answer.body["patients"]}
    if shift.patient(call.patient) not in found:
        raise SurpriseError(f"a patient was not found by {', '.join(call.by)}")


async def register(shift: Shift, call: Register) -> None:
    number, patient_id = await register_patient(shift.desk, call.record)
    shift.known.patients[number] = patient_id


async def correct(shift: Shift, call: Correct) -> None:
    path = f"/v1/patients/{shift.patient(call.patient)}"
    (await shift.desk.patch(path, call.changes, role="front-desk")).expect(200)


async def merge(shift: Shift, call: Merge) -> None:
    stays, goes = shift.patient(call.patient), shift.patient(call.duplicate)
    answer = await shift.desk.post(f"/v1/patients/{stays}/merge", {"merged_id": goes})
    answer.expect(200)
    shift.known.patients[call.duplicate] = UUID(stays)
