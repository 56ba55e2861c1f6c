"""``patient: {system, value}`` in place of ``patient_id``: whom another system means by its own number."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from backbone.commanding.handlers import Asked
from backbone.privacy.blindindex import PatientSearch
from backbone.privacy.privacy import Privacy
from backbone.projecting.positions import encode_position
from backbone.projecting.reading import TooOld
from backbone.store.decision import Mark
from backbone.web.problems import Problem
from services.booking.commands.patients import IdentifierWanted
from services.booking.events.patients import PatientEvent
from services.booking.patients.search import Finder
from services.booking.store import BookingStore

__all__ = ["PatientNames"]

LATEST = """
SELECT originator_id, sequence FROM stored_events
 WHERE kafka_topic = $1 ORDER BY sequence DESC LIMIT $2
"""
ATTEMPTS = 5
"""Of two seconds each."""
RECENT = 200
"""So many of the last events about patients are waited for before somebody counts as unknown."""


class PatientNames:
    """Finds the one patient who has a number; that it was looked up is on record."""

    def __init__(self, store: BookingStore, privacy: Privacy, finder: Finder) -> None:
        self._store = store
        self._privacy = privacy
        self._finder = finder

    async def resolved(
        self, asked: Asked, name: str = "patient", into: str = "patient_id"
    ) -> Mapping[str, Any]:
        """The body with ``into`` in place of ``name``; as it is where ``name`` is not in it.

        Raises ``Problem``: invalid, not-found, ambiguous-patient.
        """
        body = dict(asked.body)
        if name not in body:
            return body
        named = body.pop(name)
        if body.get(into) is not None:
            raise Problem("invalid", f"Send {name} or {into}, not both.")
        try:
            wanted = IdentifierWanted.model_validate(named)
        except ValidationError:
            fault = {"pointer": f"#/{name}", "detail": "An identifier is {system, value}, both texts."}
            raise Problem("invalid", errors=[fault]) from None
        return body | {into: str(await self._find(asked, wanted))}

    async def _find(self, asked: Asked, wanted: IdentifierWanted) -> UUID:
        search = PatientSearch(identifier=(wanted.system, wanted.value))
        found = await self._finder.search(search)
        if not found:
            # Registered a moment ago, perhaps: the index hears of it through Kafka.
            found = await self._find_later(search, await self._now())
        standing = [patient for id_ in found if (patient := await self._store.patient(id_)) is not None]
        ids = {patient.patient_id for patient in standing}
        access = asked.call.access("commands.patient")
        if len(ids) != 1:
            await self._privacy.record(access, "denied", tuple(ids))
            raise Problem("ambiguous-patient" if ids else "not-found", None if ids else "no such patient")
        await self._privacy.record(access, "disclosed", tuple(ids))
        return ids.pop()

    async def _find_later(self, search: PatientSearch, position: str) -> list[UUID]:
        for _ in range(ATTEMPTS):
            with suppress(TooOld):
                return await self._finder.search(search, position)
        # For good: one number that isn't found must not keep other commands waiting for ever.
        raise Problem("patient-not-visible", "Nothing was changed: send it again under a new id.")

    async def _now(self) -> str:
        """A position that has the latest events about patients."""
        async with self._store.events.reading() as connection:
            rows = await connection.fetch(LATEST, PatientEvent.kafka_topic, RECENT)
        topic = PatientEvent.kafka_topic
        return encode_position([Mark(topic, row["originator_id"], row["sequence"]) for row in rows])
