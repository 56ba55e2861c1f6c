"""The projection ``patient_index``: blind index terms per patient, from which patients are found.

No name is in it, not even as ciphertext: only keyed hashes, and whose they are.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backbone.privacy.blindindex import Term
from backbone.privacy.errors import VaultUnavailableError
from backbone.privacy.indexer import PatientFields
from backbone.privacy.privacy import Privacy
from backbone.projecting import Heard, NotNow, Projection, Tables
from backbone.store.unavailability import is_unavailability

__all__ = ["Details", "PatientIndex"]


class _Heard(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Identifier(_Heard):
    """A number in some system."""

    system: str
    value: str


class Contact(_Heard):
    """A way to reach the patient."""

    channel: str
    value: str


class Details(_Heard):
    """The fields that a patient is found by."""

    family_name: str
    given_names: str
    birth_date: str
    identifiers: tuple[Identifier, ...] = ()
    contacts: tuple[Contact, ...] = ()


class Merge(_Heard):
    """A record that is, or is no more, part of another."""

    survivor_id: UUID
    merged_id: UUID


class Unmerge(Merge):
    """They are two again."""


class Erased(_Heard):
    """The patient's key is destroyed."""


class PatientIndex(Projection):
    """Whom a term leads to, and whether that record is part of another by now."""

    name = "patient_index"
    topics = ("almanac.booking.patients",)
    hears: ClassVar = {
        "almanac.booking.PatientRegistered.v1": Details,
        "almanac.booking.PatientRegistered.v2": Details,
        "almanac.booking.PatientDetailsChanged.v1": Details,
        "almanac.booking.PatientDetailsChanged.v2": Details,
        "almanac.booking.PatientsMerged.v1": Merge,
        "almanac.booking.PatientsUnmerged.v1": Unmerge,
        "almanac.booking.PatientErased.v1": Erased,
    }
    tables = """
        CREATE TABLE patient_index{g} (
            patient_id uuid PRIMARY KEY,
            terms bytea[] NOT NULL DEFAULT '{}',
            merged_into uuid
        );
        CREATE INDEX patient_index_terms{g} ON patient_index{g} USING gin (terms);
    """

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        details: dict[UUID, Details] = {}
        merged: dict[UUID, UUID | None] = {}
        erased: set[UUID] = set()
        for record, event in heard:
            patient_id = UUID(record.key)
            if isinstance(event, Details):
                details[patient_id] = event
            elif isinstance(event, Merge) and event.merged_id == patient_id:
                merged[patient_id] = None if isinstance(event, Unmerge) else event.survivor_id
            elif isinstance(event, Erased):
                erased.add(patient_id)
        await tables.write(
            """
            INSERT INTO patient_index{g} (patient_id, terms)
            SELECT id, ARRAY(SELECT decode(term, 'hex') FROM unnest(string_to_array(terms, ' ')) AS term)
            FROM unnest($1::uuid[], $2::text[]) AS p (id, terms)
            ON CONFLICT (patient_id) DO UPDATE SET terms = excluded.terms
            """,
            [
                (patient_id, " ".join(sorted(term.hex() for term in terms)))
                for patient_id, terms in (await self._terms(details)).items()
            ],
        )
        await tables.write(
            """
            INSERT INTO patient_index{g} (patient_id, merged_into)
            SELECT * FROM unnest($1::uuid[], $2::uuid[])
            ON CONFLICT (patient_id) DO UPDATE SET merged_into = excluded.merged_into
            """,
            list(merged.items()),
        )
        await self._destroy_keys(erased)
        await tables.write(
            "DELETE FROM patient_index{g} USING unnest($1::uuid[]) AS gone (id) WHERE patient_id = gone.id",
            [(patient_id,) for patient_id in erased],
        )

    async def _destroy_keys(self, erased: set[UUID]) -> None:
        """First the keys: whoever decided it may have been killed before; done twice it changes nothing."""
        if not erased:
            return
        try:
            await self._privacy.destroy_keys(sorted(erased))
        except VaultUnavailableError as error:
            raise NotNow("the vault is away") from error

    async def _terms(self, details: dict[UUID, Details]) -> dict[UUID, frozenset[Term]]:
        wanted = [_fields(patient_id, event) for patient_id, event in details.items()]
        try:
            terms = await self._privacy.terms(wanted)
        except VaultUnavailableError as error:
            raise NotNow("the vault is away") from error
        except Exception as error:
            if is_unavailability(error):
                raise NotNow("the vault is away") from error
            raise
        return dict(zip(details, terms, strict=True))


def _fields(patient_id: UUID, event: Details) -> PatientFields:
    phones = [contact.value for contact in event.contacts if contact.channel in ("sms", "voice")]
    numbers: list[Any] = [(identifier.system, identifier.value) for identifier in event.identifiers]
    return PatientFields(patient_id, event.family_name, event.given_names, event.birth_date, phones, numbers)
