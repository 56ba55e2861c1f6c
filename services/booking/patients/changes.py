"""Registering patients, correcting what is known of them, merging two records and parting them again."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backbone.privacy.fields import (
    BIRTH_DATE,
    CONTACT,
    FAMILY_NAME,
    GIVEN_NAMES,
    IDENTIFIER,
    MEMBER_ID,
    RELATIONSHIP,
)
from backbone.store.decision import Decision
from services.booking.asking import Asking
from services.booking.commands.patients import ChangePatient, ContactWanted, RegisterPatient
from services.booking.events.patients import (
    Contact,
    Coverage,
    Identifier,
    PatientDetailsChanged,
    PatientEvent,
    PatientRegistered,
    PatientsMerged,
    PatientsUnmerged,
)
from services.booking.patients.patient import Patient
from services.booking.sealed import Seal
from services.booking.values import RELATIONSHIPS

__all__ = ["change_patient", "merge", "register", "unmerge"]


def register(
    asking: Asking,
    patient_id: UUID,
    wanted: RegisterPatient,
    seal: Seal,
    possible_duplicates: Sequence[UUID] = (),
    key_commitment: str | None = None,
) -> Decision:
    """A patient becomes known; ``possible_duplicates`` hinder nothing, somebody looks at them.

    ``key_commitment``: of the key that was made for the patient.
    """
    if _unborn(asking, wanted.birth_date):
        return asking.refuse("invalid", _UNBORN)
    event = PatientRegistered(
        originator_id=patient_id,
        originator_version=1,
        timestamp=asking.now,
        patient_id=patient_id,
        key_commitment=key_commitment,
        **_sealed(wanted, seal, patient_id, 1),
    )
    duplicates = [str(other) for other in possible_duplicates]
    return asking.record(event, answer={"patient_id": str(patient_id), "possible_duplicates": duplicates})


def change_patient(asking: Asking, patient: Patient, wanted: ChangePatient, seal: Seal) -> Decision:
    """Corrects or completes what is known. What was known before stays in the history."""
    if patient.erased:
        return asking.refuse("not-found", "no such patient")
    if _unborn(asking, wanted.birth_date):
        return asking.refuse("invalid", _UNBORN)
    answer = {"patient_id": str(patient.patient_id)}
    version = patient.version + 1
    changes = _sealed(wanted, seal, patient.patient_id, version)
    if not changes:
        return asking.unchanged(patient.patient_id, patient.version, answer)
    known = {name: getattr(patient.details, name) for name in type(patient.details).model_fields}
    event = PatientDetailsChanged(
        originator_id=patient.patient_id,
        originator_version=version,
        timestamp=asking.now,
        patient_id=patient.patient_id,
        changed=tuple(changes),
        **(known | changes),
    )
    return asking.record(event, answer=answer)


def merge(asking: Asking, survivor: Patient, merged: Patient, absorbed: Sequence[Patient] = ()) -> Decision:
    """Two records are one person; ``absorbed``, merged into ``merged`` before, come along.

    Bookings keep the pseudonym they were made under; the survivor's time counts both.
    """
    if merged.merged_into == survivor.patient_id:
        answer = _pair(survivor.patient_id, merged.patient_id)
        return asking.unchanged(survivor.patient_id, survivor.version, answer)
    if survivor.patient_id == merged.patient_id:
        return asking.refuse("invalid", "a record can't be merged with itself")
    if survivor.merged_into or merged.merged_into:
        return asking.refuse("wrong-status", "one of them is merged into another record already")
    if survivor.erased or merged.erased:
        return asking.refuse("not-found", "no such patient")
    return _both(asking, PatientsMerged, survivor, (merged, *absorbed))


def unmerge(asking: Asking, survivor: Patient, merged: Patient) -> Decision:
    """They were two persons after all: each is booked for itself again."""
    if survivor.erased or merged.erased:
        return asking.refuse("not-found", "no such patient")
    if merged.merged_into != survivor.patient_id:
        return asking.refuse("wrong-status", "they are not merged")
    return _both(asking, PatientsUnmerged, survivor, (merged,))


def _both(
    asking: Asking,
    kind: type[PatientsMerged] | type[PatientsUnmerged],
    survivor: Patient,
    others: Sequence[Patient],
) -> Decision:
    events: list[PatientEvent] = []
    for number, other in enumerate(others):
        for patient, version in ((survivor, survivor.version + number), (other, other.version)):
            events.append(
                kind(
                    originator_id=patient.patient_id,
                    originator_version=version + 1,
                    timestamp=asking.now,
                    patient_id=patient.patient_id,
                    survivor_id=survivor.patient_id,
                    merged_id=other.patient_id,
                )
            )
    return asking.record(*events, answer=_pair(survivor.patient_id, others[0].patient_id))


_UNBORN = "birth_date lies in the future"


def _unborn(asking: Asking, birth_date: date | None) -> bool:
    """A day ahead is let pass: somewhere it is tomorrow already."""
    return birth_date is not None and birth_date > asking.now.date() + timedelta(days=1)


def _pair(survivor: UUID, merged: UUID) -> dict[str, str]:
    return {"patient_id": str(survivor), "merged_id": str(merged)}


def _sealed(
    wanted: RegisterPatient | ChangePatient, seal: Seal, stream: UUID, version: int
) -> dict[str, Any]:
    """The fields that were named, sealed for the event they first appear in."""

    def sealed(text: str, path: str) -> str:
        return seal(text, stream=stream, version=version, path=path)

    fields: dict[str, Any] = {}
    if wanted.family_name is not None:
        fields["family_name"] = sealed(wanted.family_name, FAMILY_NAME)
    if wanted.given_names is not None:
        fields["given_names"] = sealed(wanted.given_names, GIVEN_NAMES)
    if wanted.birth_date is not None:
        fields["birth_date"] = sealed(wanted.birth_date.isoformat(), BIRTH_DATE)
    if wanted.identifiers is not None:
        fields["identifiers"] = tuple(
            Identifier(system=i.system, value=sealed(i.value, IDENTIFIER)) for i in wanted.identifiers
        )
    if wanted.contacts is not None:
        fields["contacts"] = tuple(
            Contact(channel=c.channel, value=sealed(c.value, CONTACT), **_relationship(c, sealed))
            for c in wanted.contacts
        )
    if wanted.coverages is not None:
        fields["coverages"] = tuple(
            Coverage(payer=c.payer, plan=c.plan, member_id=sealed(c.member_id, MEMBER_ID))
            for c in wanted.coverages
        )
    plain = {"time_zone": wanted.time_zone, "language": wanted.language}
    return fields | {name: value for name, value in plain.items() if value is not None}


def _relationship(contact: ContactWanted, sealed: Callable[[str, str], str]) -> dict[str, Any]:
    """One of the codes as it is; other words as ciphertext."""
    words = contact.relationship
    if words is None or words in RELATIONSHIPS:
        return {"relationship_code": words}
    return {"relationship_code": "other", "relationship_note": sealed(words, RELATIONSHIP)}
