"""About patients."""

from datetime import date
from typing import Literal
from uuid import UUID

from backbone.web.shapes import Shown, Written

__all__ = ["MergeAnswer", "PatientAnswer", "PatientShown", "PatientsFound", "RegisteredAnswer"]


class PatientAnswer(Written):
    """A patient's record was changed."""

    patient_id: UUID


class RegisteredAnswer(PatientAnswer):
    """A patient was registered."""

    possible_duplicates: tuple[UUID, ...]
    """Like name and same birth date, or the same number."""


class MergeAnswer(PatientAnswer):
    """Two records were merged, or parted again."""

    merged_id: UUID


class IdentifierShown(Shown):
    """A number by which some system knows the patient."""

    system: str
    value: str | None


class ContactShown(Shown):
    """A way to reach the patient, or somebody who acts for them."""

    channel: Literal["sms", "email", "voice"]
    value: str | None
    relationship: str | None


class CoverageShown(Shown):
    """Who pays."""

    payer: str
    plan: str
    member_id: str | None


class PatientShown(Shown):
    """A patient's record. Texts are null where they can't be shown any more: the patient is erased."""

    patient_id: UUID
    family_name: str | None
    given_names: str | None
    birth_date: date | None
    identifiers: tuple[IdentifierShown, ...]
    contacts: tuple[ContactShown, ...]
    coverages: tuple[CoverageShown, ...]
    time_zone: str | None
    language: str | None
    absorbed: tuple[UUID, ...]
    """Records that were merged into this one."""
    version: int


class PatientsFound(Shown):
    """At most ten, exact matches first."""

    patients: tuple[PatientShown, ...]
