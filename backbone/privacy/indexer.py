"""From sealed patient fields to blind index terms: opened in here, and only the terms come out."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backbone.privacy.blindindex import PatientSearch, Term, TermGroup, TermMaker
from backbone.privacy.datakey import DataKey
from backbone.privacy.errors import SealBrokenError
from backbone.privacy.fields import BIRTH_DATE, CONTACT, FAMILY_NAME, GIVEN_NAMES, IDENTIFIER
from backbone.privacy.vault import Vault

__all__ = ["Indexer", "PatientFields"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PatientFields:
    """A patient's sealed fields, each under its path of ``backbone.privacy.fields``."""

    patient_id: UUID
    family_name: str | None = None
    given_names: str | None = None
    birth_date: str | None = None
    phones: Sequence[str] = ()
    """The contacts that are phone numbers (``sms``, ``voice``)."""
    identifiers: Sequence[tuple[str, str]] = ()
    """System in plain text, value sealed."""


class Indexer:
    """Computes terms; discloses nothing, so it needs no access record."""

    def __init__(self, vault: Vault, maker: TermMaker) -> None:
        self._vault = vault
        self._maker = maker

    async def terms(self, patients: Sequence[PatientFields]) -> list[frozenset[Term]]:
        """Each patient's terms, in the same order; none where the key was destroyed."""
        keys = await self._vault.keys(patient.patient_id for patient in patients)
        return [self._terms(keys.get(patient.patient_id), patient) for patient in patients]

    def query(self, search: PatientSearch) -> tuple[TermGroup, ...]:
        """The groups of terms that a patient must fit, one by one; empty where nothing was asked for."""
        return self._maker.query(search)

    def _terms(self, key: DataKey | None, patient: PatientFields) -> frozenset[Term]:
        if key is None:
            return frozenset()
        identifiers = ((system, _open(key, value, IDENTIFIER)) for system, value in patient.identifiers)
        return self._maker.terms(
            _open(key, patient.family_name, FAMILY_NAME),
            _open(key, patient.given_names, GIVEN_NAMES),
            _open(key, patient.birth_date, BIRTH_DATE),
            [text for phone in patient.phones if (text := _open(key, phone, CONTACT)) is not None],
            [(system, text) for system, text in identifiers if text is not None],
        )


def _open(key: DataKey, sealed: str | None, path: str) -> str | None:
    if sealed is None:
        return None
    try:
        return key.open(sealed, path)
    except SealBrokenError as error:
        log.error("a sealed %s of subject %s does not open: %s", path, key.subject, error)
        return None
