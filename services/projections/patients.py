"""The projection ``patients``: names as ciphertext, who was merged into whom, and who was erased."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple
from uuid import UUID

from backbone.projecting import Heard, Projection, Tables
from services.projections.hearing import Fields, types

__all__ = ["Details", "Erased", "Merged", "PatientRow", "Patients", "Unmerged", "gather"]


class Details(Fields):
    """Who a patient is, sealed."""

    family_name: str
    given_names: str
    birth_date: str


class Merged(Fields):
    """Two records are one person; told in the streams of both."""

    survivor_id: UUID
    merged_id: UUID


class Unmerged(Merged):
    """They were two persons after all."""


class Erased(Fields):
    """What was sealed for the patient can't be read any more."""


class PatientRow(NamedTuple):
    """One record of a patient. All texts are ciphertext; None where the patient was erased."""

    patient_id: UUID
    family_name: str | None = None
    given_names: str | None = None
    birth_date: str | None = None
    merged_into: UUID | None = None
    erased: bool = False


def gather(known: Mapping[UUID, PatientRow], heard: Iterable[Heard]) -> dict[UUID, PatientRow]:
    """The rows that changed; ``known``: those stored before, of the patients that are spoken of."""
    changed: dict[UUID, PatientRow] = {}
    for record, event in heard:
        key = UUID(record.key)
        changed[key] = _after(changed.get(key) or known.get(key) or PatientRow(key), event)
    return changed


def _after(row: PatientRow, event: object) -> PatientRow:
    if isinstance(event, Erased):
        return PatientRow(row.patient_id, merged_into=row.merged_into, erased=True)
    if isinstance(event, Details) and not row.erased:
        return row._replace(
            family_name=event.family_name, given_names=event.given_names, birth_date=event.birth_date
        )
    if isinstance(event, Merged) and event.merged_id == row.patient_id:
        return row._replace(merged_into=None if isinstance(event, Unmerged) else event.survivor_id)
    return row


class Patients(Projection):
    """Per record of a patient: what a viewer who may is shown, still sealed."""

    name = "patients"
    topics = ("almanac.booking.patients",)
    hears: ClassVar = {
        **types("booking", ["PatientRegistered", "PatientDetailsChanged"], Details, versions=(1, 2)),
        **types("booking", ["PatientsMerged"], Merged),
        **types("booking", ["PatientsUnmerged"], Unmerged),
        **types("booking", ["PatientErased"], Erased),
    }
    tables = """
        CREATE TABLE patients{g} (
            patient_id uuid PRIMARY KEY,
            family_name text,
            given_names text,
            birth_date text,
            merged_into uuid,
            erased boolean NOT NULL
        );
        CREATE INDEX patients_merged{g} ON patients{g} (merged_into) WHERE merged_into IS NOT NULL;
    """

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        stored = await tables.fetch(
            """
            SELECT patient_id, family_name, given_names, birth_date, merged_into, erased
            FROM patients{g} WHERE patient_id = ANY ($1::uuid[])
            """,
            list({UUID(record.key) for record, _ in heard}),
        )
        known = {row["patient_id"]: PatientRow(*row.values()) for row in stored}
        await tables.write(
            """
            INSERT INTO patients{g}
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::boolean[])
            ON CONFLICT (patient_id) DO UPDATE SET
                family_name = excluded.family_name, given_names = excluded.given_names,
                birth_date = excluded.birth_date, merged_into = excluded.merged_into,
                erased = excluded.erased
            """,
            gather(known, heard).values(),
        )
