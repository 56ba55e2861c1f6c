"""Patients: registered, corrected, merged, parted; and found."""

from uuid import UUID

from backbone.ids import new_id
from backbone.privacy.blindindex import PatientSearch
from backbone.privacy.privacy import Privacy
from backbone.store.decision import Accepted, Decision, Outcome
from services.booking.commands.patients import ChangePatient, RegisterPatient, SearchPatients
from services.booking.handling.asker import Asker
from services.booking.handling.hidden import Hidden
from services.booking.patients.changes import change_patient, merge, register, unmerge
from services.booking.patients.patient import Patient
from services.booking.patients.search import Finder
from services.booking.setup.catalogue import Setup
from services.booking.store import BookingStore

__all__ = ["Patients"]

OTHERS_NUMBERS = "Numbers are whose issuer gave them: the clinic enters them."
"""By these other systems name whom they mean: who took another's, would get what is told of the other."""


class Patients:
    """The part of the service that knows patients."""

    def __init__(self, store: BookingStore, privacy: Privacy, finder: Finder) -> None:
        self._store = store
        self._privacy = privacy
        self._finder = finder

    async def register(self, asker: Asker, wanted: RegisterPatient) -> Outcome:
        """A new patient, whose key is made first. Possible duplicates are told, and hinder nothing.

        A key that turns out not to be needed (the request was refused, or is a repetition) is taken back.
        Where the outcome is unknown, because the server died, the key stays.
        """
        kept = await self._store.kept(asker.asking.key)
        if kept is not None:
            return kept
        new = new_id()
        sealer = await self._privacy.new_sealer(new)
        duplicates = await self._finder.possible_duplicates(wanted)

        async def decide(_: Setup) -> Decision:
            return register(asker.asking, new, wanted, sealer.seal, duplicates, sealer.commitment)

        outcome = await self._store.execute(decide)
        if not isinstance(outcome, Accepted) or outcome.answer.get("patient_id") != str(new):
            await self._privacy.discard_key(new)
        return outcome

    async def change(self, asker: Asker, patient_id: UUID, wanted: ChangePatient) -> Outcome:
        """Corrects or completes what is known of a patient."""
        self._require(asker, patient_id)

        async def decide(_: Setup) -> Decision:
            if asker.caller.is_patient and wanted.identifiers is not None:
                return asker.asking.refuse("forbidden", OTHERS_NUMBERS)
            known = await self._store.patient(patient_id)
            if known is None:
                return asker.asking.refuse("not-found", "no such patient")
            if stale := asker.outdated(known.version):
                return stale
            sealer = await self._privacy.sealer(known.patient_id)
            return change_patient(asker.asking, known, wanted, sealer.seal)

        return await self._store.execute(decide)

    async def merge(self, asker: Asker, patient_id: UUID, merged_id: UUID) -> Outcome:
        """Two records are one person."""

        async def decide(_: Setup) -> Decision:
            known = await self._store.patients((patient_id, merged_id))
            survivor, merged = known.get(patient_id), known.get(merged_id)
            if survivor is None or merged is None:
                return asker.asking.refuse("not-found", "no such patient")
            absorbed = await self._store.patients(merged.absorbed)
            return asker.outdated(survivor.version) or merge(
                asker.asking, survivor, merged, tuple(absorbed.values())
            )

        return await self._store.execute(decide)

    async def unmerge(self, asker: Asker, patient_id: UUID, merged_id: UUID) -> Outcome:
        """They were two after all."""

        async def decide(_: Setup) -> Decision:
            known = await self._store.patients((patient_id, merged_id))
            survivor, merged = known.get(patient_id), known.get(merged_id)
            if survivor is None or merged is None:
                return asker.asking.refuse("not-found", "no such patient")
            return asker.outdated(survivor.version) or unmerge(asker.asking, survivor, merged)

        return await self._store.execute(decide)

    async def find(self, asker: Asker, patient_id: UUID) -> Patient:
        """A patient's record as it stands; of one who was erased, what is left."""
        self._require(asker, patient_id)
        known = await self._store.patient_or_erased(patient_id)
        if known is None:
            raise Hidden
        return known

    async def search(self, wanted: SearchPatients, at_least: str | None = None) -> list[Patient]:
        """At most ten who fit, the best first; the records that stand for them now."""
        ids = await self._finder.search(_search(wanted), at_least)
        known = await self._store.patients(ids)
        return [known[found] for found in ids if found in known and not known[found].erased]

    def _require(self, asker: Asker, patient_id: UUID) -> None:
        if not asker.caller.sees_patient(patient_id):
            raise Hidden(patient_id)


def _search(wanted: SearchPatients) -> PatientSearch:
    identifier = wanted.identifier
    return PatientSearch(
        wanted.family_name,
        wanted.given_names,
        wanted.birth_date,
        wanted.phone,
        (identifier.system, identifier.value) if identifier else None,
    )
