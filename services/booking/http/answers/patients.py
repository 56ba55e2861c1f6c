"""About patients."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from backbone.web.shapes import Shown, Written

__all__ = [
    "ErasedAnswer",
    "ErasureAnswer",
    "ErasureShown",
    "LegalHoldAnswer",
    "MergeAnswer",
    "PatientAnswer",
    "PatientShown",
    "PatientsFound",
    "RegisteredAnswer",
]


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
    erased: bool = False
    """True: only that there was somebody is known."""
    version: int


class ErasureAnswer(PatientAnswer):
    """An erasure was asked for, or it was withdrawn."""

    task_id: UUID


class ErasedAnswer(ErasureAnswer):
    """A patient was erased."""

    erased: tuple[UUID, ...]
    """All records of the person."""


class LegalHoldAnswer(PatientAnswer):
    """A legal hold was set or lifted."""

    hold_id: UUID


class ErasureShown(Shown):
    """How it stands with a patient's erasure."""

    patient_id: UUID
    status: Literal["none", "asked", "erased"]
    task_id: UUID | None = None
    """Of the request."""
    reason_code: str | None = None
    """Of the request."""
    asked_by: str | None = None
    """Pseudonymous; it takes another to approve."""
    due_at: datetime | None = None
    records: tuple[UUID, ...] = ()
    """Those that are erased with it, merged ones too."""
    legal_holds: tuple[UUID, ...] = ()
    kept_until: datetime | None = None
    """The end of the retention period."""
    hindered_by: str | None = None
    """Why it can't be approved now: ``legal-hold``, ``patient-has-appointments``, ``retention``."""


class PatientsFound(Shown):
    """At most ten, exact matches first."""

    patients: tuple[PatientShown, ...]
