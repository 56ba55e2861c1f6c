"""``/v1/patients``: registered, corrected, merged, found. Names leave only with an access record."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from backbone.privacy.disclosure import Plain, SealedRecord, shown
from backbone.privacy.fields import BIRTH_DATE, FAMILY_NAME, GIVEN_NAMES
from backbone.store.decision import Accepted
from backbone.web.answers import answer, json_answer
from backbone.web.bodies import Posted
from backbone.web.calling import Call
from backbone.web.freshness import AtLeast, reading_views
from backbone.web.versions import etag
from services.booking.commands.patients import (
    ChangePatient,
    MergePatients,
    RegisterPatient,
    SearchPatients,
    UnmergePatients,
)
from services.booking.http.answers.patients import (
    MergeAnswer,
    PatientAnswer,
    PatientsFound,
    PatientShown,
    RegisteredAnswer,
)
from services.booking.http.desk import Books, Desk, ReadsRecords, Serves
from services.booking.patients.patient import Patient

__all__ = ["patient_routes"]


def patient_routes(desk: Desk) -> APIRouter:
    """Its routes."""
    routes = APIRouter(tags=["patients"])

    @routes.post("/v1/patients", status_code=201, response_model=RegisteredAnswer)
    async def register_patient(call: Serves, body: Posted[RegisterPatient]) -> Response:
        """Registers a patient. ``possible_duplicates``: like name and same birth date, or the same number."""
        async with reading_views():
            outcome = await desk.patients.register(desk.asker(call), body)
        if isinstance(outcome, Accepted) and outcome.answer["possible_duplicates"]:
            shown_too = [UUID(other) for other in outcome.answer["possible_duplicates"]]
            await desk.privacy.record(call.access("patients.register"), "disclosed", shown_too)
        return answer(outcome, call, status=201)

    @routes.post("/v1/patients/search", response_model=PatientsFound)
    async def search_patients(
        call: Serves, body: Posted[SearchPatients], at_least: AtLeast = None
    ) -> Response:
        """At most ten patients who fit all that is asked; beginnings and near spellings of names fit too."""
        async with reading_views():
            found = await desk.patients.search(body, at_least)
        return json_answer({"patients": await _disclosed(desk, call, "patients.search", found)})

    @routes.get("/v1/patients/{patient_id}", response_model=PatientShown)
    async def read_patient(call: ReadsRecords, patient_id: UUID) -> Response:
        """One patient's record, the one that it was merged into if it was."""
        work = desk.patients.find(desk.asker(call), patient_id)
        known = await desk.found(call, "patients.read", work)
        (record,) = await _disclosed(desk, call, "patients.read", [known])
        return json_answer(record, headers={"ETag": etag(known.version)})

    @routes.patch("/v1/patients/{patient_id}", response_model=PatientAnswer)
    async def change_patient(call: Books, patient_id: UUID, body: Posted[ChangePatient]) -> Response:
        """Corrects or completes what is named; lists are replaced whole. The history keeps what was known."""
        work = desk.patients.change(desk.asker(call), patient_id, body)
        return await desk.told(call, "patients.change", work)

    @routes.post("/v1/patients/{patient_id}/merge", response_model=MergeAnswer)
    async def merge_patients(call: Serves, patient_id: UUID, body: Posted[MergePatients]) -> Response:
        """``merged_id`` is the same person; this record stays."""
        work = desk.patients.merge(desk.asker(call), patient_id, body.merged_id)
        return await desk.told(call, "patients.merge", work)

    @routes.post("/v1/patients/{patient_id}/unmerge", response_model=MergeAnswer)
    async def unmerge_patients(call: Serves, patient_id: UUID, body: Posted[UnmergePatients]) -> Response:
        """They were two persons after all."""
        work = desk.patients.unmerge(desk.asker(call), patient_id, body.merged_id)
        return await desk.told(call, "patients.unmerge", work)

    return routes


async def _disclosed(desk: Desk, call: Call, action: str, patients: list[Patient]) -> list[dict[str, Any]]:
    records = [SealedRecord(patient.patient_id, _sealed(patient)) for patient in patients]
    opened = await desk.privacy.disclose(call.access(action), records)
    return [_shown(patient, plain) for patient, plain in zip(patients, opened, strict=True)]


def _sealed(patient: Patient) -> dict[str, str]:
    """Every sealed text by its path."""
    known = patient.details
    fields: dict[str, str] = {
        FAMILY_NAME: known.family_name,
        GIVEN_NAMES: known.given_names,
        BIRTH_DATE: known.birth_date,
    }
    fields |= {f"identifiers[{n}].value": one.value for n, one in enumerate(known.identifiers)}
    fields |= {f"contacts[{n}].value": one.value for n, one in enumerate(known.contacts)}
    fields |= {
        f"contacts[{n}].relationship_note": one.relationship_note
        for n, one in enumerate(known.contacts)
        if one.relationship_note is not None
    }
    fields |= {f"coverages[{n}].member_id": one.member_id for n, one in enumerate(known.coverages)}
    return fields


def _shown(patient: Patient, plain: dict[str, Plain]) -> dict[str, Any]:
    known = patient.details
    return {
        "patient_id": patient.patient_id,
        "family_name": shown(plain[FAMILY_NAME]),
        "given_names": shown(plain[GIVEN_NAMES]),
        "birth_date": shown(plain[BIRTH_DATE]),
        "identifiers": [
            {"system": one.system, "value": shown(plain[f"identifiers[{n}].value"])}
            for n, one in enumerate(known.identifiers)
        ],
        "contacts": [
            {
                "channel": one.channel,
                "value": shown(plain[f"contacts[{n}].value"]),
                "relationship": (
                    one.relationship_code
                    if one.relationship_note is None
                    else shown(plain[f"contacts[{n}].relationship_note"])
                ),
            }
            for n, one in enumerate(known.contacts)
        ],
        "coverages": [
            {"payer": one.payer, "plan": one.plan, "member_id": shown(plain[f"coverages[{n}].member_id"])}
            for n, one in enumerate(known.coverages)
        ],
        "time_zone": known.time_zone,
        "language": known.language,
        "absorbed": patient.absorbed,
        "erased": patient.erased,
        "version": patient.version,
    }
