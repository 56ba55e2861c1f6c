"""The projection ``patients``: names as ciphertext, who was merged into whom, and who was erased."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from backbone.cloudevents import Record
from services.projections.hearing import Heard, read, stream_id, types

__all__ = ["PatientRow", "fold"]

DETAILS = types("booking", "PatientRegistered", "PatientDetailsChanged")
MERGED = types("booking", "PatientsMerged")
UNMERGED = types("booking", "PatientsUnmerged")
ERASED = types("booking", "PatientErased")
HEARD = DETAILS | MERGED | UNMERGED | ERASED


class Details(Heard):
    """Who a patient is, sealed."""

    family_name: str
    given_names: str
    birth_date: str


class Merge(Heard):
    """Two records are one person, or are not after all; told in the streams of both."""

    survivor_id: UUID
    merged_id: UUID


class PatientRow(NamedTuple):
    """One record of a patient. All texts are ciphertext; None where the patient was erased."""

    patient_id: UUID
    version: int
    family_name: str | None = None
    given_names: str | None = None
    birth_date: str | None = None
    merged_into: UUID | None = None
    erased: bool = False


def fold(known: Mapping[UUID, PatientRow], records: Iterable[Record]) -> dict[UUID, PatientRow]:
    """The rows that changed; ``known``: those stored before, of the patients that the records speak of."""
    changed: dict[UUID, PatientRow] = {}
    for record in records:
        if record.type not in HEARD:
            continue
        key = stream_id(record)
        before = changed.get(key) or known.get(key) or PatientRow(key, 0)
        if before.version < record.stream_version:
            changed[key] = _after(before, record)._replace(version=record.stream_version)
    return changed


def _after(before: PatientRow, record: Record) -> PatientRow:
    if record.type in ERASED:
        return PatientRow(before.patient_id, 0, merged_into=before.merged_into, erased=True)
    if record.type in DETAILS:
        seen = read(Details, record)
        if before.erased:
            return before
        return before._replace(
            family_name=seen.family_name, given_names=seen.given_names, birth_date=seen.birth_date
        )
    merge = read(Merge, record)
    if merge.merged_id != before.patient_id:
        return before
    return before._replace(merged_into=merge.survivor_id if record.type in MERGED else None)
