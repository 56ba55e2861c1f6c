"""Erasure: what is decided of it, and that the keys are destroyed thereafter, whatever is killed meanwhile.

First the events are committed; then the erasure list is written; then the keys are destroyed; then the index
of names is emptied. Whoever is killed in between, the projection ``patient_index`` hears of the event until
all of it is done.
"""

import logging
from datetime import datetime
from uuid import UUID

from backbone.ids import new_id
from backbone.privacy.errors import VaultUnavailableError
from backbone.privacy.privacy import Privacy
from backbone.store.decision import Accepted, Decision, Outcome
from backbone.store.origin import Origin
from services.booking.asking import Asking
from services.booking.handling.asker import Asker
from services.booking.handling.hidden import Hidden
from services.booking.handling.retention import kept_until, last_visit
from services.booking.patients.erasing import (
    Whole,
    approve_erasure,
    ask_for_erasure,
    coming_time,
    erase_again,
    lift_legal_hold,
    set_legal_hold,
    withdraw_erasure,
)
from services.booking.patients.patient import Patient
from services.booking.setup.catalogue import Setup
from services.booking.store import BookingStore

__all__ = ["Erasing", "Restored"]

logger = logging.getLogger(__name__)


class Erasing:
    """The part of the service that erases patients."""

    def __init__(self, store: BookingStore, privacy: Privacy, retention_years: int) -> None:
        self._store = store
        self._privacy = privacy
        self._years = retention_years

    async def ask(self, asker: Asker, patient_id: UUID, reason_code: str) -> Outcome:
        """Somebody asks for it."""
        task_id = new_id()
        visited = await self._last_visit(patient_id)

        async def decide(_: Setup) -> Decision:
            whole = await self._whole(patient_id, asker.asking.now, visited)
            return asker.outdated(whole.patient.version) or ask_for_erasure(
                asker.asking, whole, task_id, reason_code
            )

        return await self._store.execute(decide)

    async def approve(self, asker: Asker, patient_id: UUID) -> Outcome:
        """Somebody else approves it; the keys are gone when this returns, unless the vault is away."""
        outcome = await self._approve(asker, patient_id)
        if isinstance(outcome, Accepted) and "erased" in outcome.answer:
            try:
                await self._privacy.destroy_keys([UUID(one) for one in outcome.answer["erased"]])
            except VaultUnavailableError:
                logger.warning("keys of an erased patient are destroyed later: the vault is away")
        return outcome

    async def _approve(self, asker: Asker, patient_id: UUID) -> Outcome:
        async def decide(_: Setup) -> Decision:
            try:
                visited = await self._last_visit(patient_id)
                whole = await self._whole(patient_id, asker.asking.now, visited)
            except Hidden:
                # Erased by now, perhaps by this very request, whose answer the commit then knows.
                return asker.asking.refuse("not-found", "no such patient")
            return asker.outdated(whole.patient.version) or approve_erasure(asker.asking, whole)

        return await self._store.execute(decide)

    async def withdraw(self, asker: Asker, patient_id: UUID, reason_code: str) -> Outcome:
        """It is not to be after all."""

        async def decide(_: Setup) -> Decision:
            whole = await self._whole(patient_id, asker.asking.now, None)
            return asker.outdated(whole.patient.version) or withdraw_erasure(asker.asking, whole, reason_code)

        return await self._store.execute(decide)

    async def hold(self, asker: Asker, patient_id: UUID, reason_code: str) -> Outcome:
        """A legal hold is set."""
        hold_id = new_id()

        async def decide(_: Setup) -> Decision:
            patient, *_others = await self._records(patient_id)
            return asker.outdated(patient.version) or set_legal_hold(
                asker.asking, patient, hold_id, reason_code
            )

        return await self._store.execute(decide)

    async def lift(self, asker: Asker, patient_id: UUID, hold_id: UUID, reason_code: str) -> Outcome:
        """A legal hold is lifted."""

        async def decide(_: Setup) -> Decision:
            records = await self._records(patient_id)
            return asker.outdated(records[0].version) or lift_legal_hold(
                asker.asking, records, hold_id, reason_code
            )

        return await self._store.execute(decide)

    async def standing(self, patient_id: UUID, now: datetime) -> Whole:
        """How it stands with the erasure of a patient; ``Hidden`` where there is none, or no more."""
        return await self._whole(patient_id, now, await self._last_visit(patient_id))

    async def _records(self, patient_id: UUID) -> tuple[Patient, ...]:
        patient = await self._store.patient(patient_id)
        if patient is None:
            raise Hidden
        absorbed = await self._store.patients(patient.absorbed)
        return (patient, *absorbed.values())

    async def _whole(self, patient_id: UUID, now: datetime, visited: datetime | None) -> Whole:
        records = await self._records(patient_id)
        ids = [record.patient_id for record in records]
        return Whole(
            records,
            tuple([await self._store.standing(coming_time(one, now)) for one in ids]),
            await self._store.open_tasks(*ids),
            None if visited is None else kept_until(visited, self._years),
        )

    async def _last_visit(self, patient_id: UUID) -> datetime | None:
        """Before deciding, because it goes through the whole log; what is booked from now on is guarded."""
        return await last_visit(self._store, [one.patient_id for one in await self._records(patient_id)])


class Restored:
    """Erases again whom a backup has brought back: who is on the erasure list and stands in the store."""

    def __init__(self, store: BookingStore, privacy: Privacy) -> None:
        self._store = store
        self._privacy = privacy
        self._seen: frozenset[UUID] = frozenset()

    async def erase(self) -> int:
        """How many there were."""
        new = await self._privacy.erased() - self._seen
        back = [one for one, patient in (await self._store.patients(new)).items() if not patient.erased]
        for patient_id in back:
            await self._erase(patient_id)
        self._seen |= new
        return len(back)

    async def _erase(self, patient_id: UUID) -> None:
        origin = Origin("system", "erasure-list", correlation_id=str(new_id()))

        async def decide(_: Setup) -> Decision:
            known = (await self._store.patients([patient_id]))[patient_id]
            return erase_again(Asking(self._store.events.clock.now(), origin), known)

        await self._store.execute(decide)
