"""Delays reported and cleared, whichever way it is asked: over HTTP or by a command."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import Field

from backbone.clock import Clock
from backbone.ids import new_id
from backbone.privacy.privacy import Privacy
from backbone.projecting.reading import Reader
from backbone.store.decision import Outcome
from backbone.web.bodies import Body
from backbone.web.calling import Call
from backbone.web.freshness import reading_views
from backbone.web.problems import Problem
from backbone.web.standing import require_facility
from services.patient_flow.clinic import KnownResource, find_resource
from services.patient_flow.commands import MAX_DELAY_MINUTES, ClearDelay, ClinicDay, DelayReason, ReportDelay
from services.patient_flow.store import DelayStore

__all__ = ["REASON_CODES", "DelayWanted", "Delays"]

REASON_CODES = frozenset(DelayReason)


class DelayWanted(Body):
    """A provider is ``minutes`` behind; replaces what was reported before."""

    resource_id: UUID
    minutes: int = Field(gt=0, le=MAX_DELAY_MINUTES)
    reason: str | None = Field(default=None, min_length=1, max_length=500)
    """One of the codes, or free words: these are kept as ciphertext only."""


@dataclass(frozen=True, slots=True)
class Delays:
    """The part of the service that changes delays."""

    store: DelayStore
    clinic: Reader
    privacy: Privacy
    clock: Clock

    async def report(self, call: Call, wanted: DelayWanted, at_least: str | None = None) -> Outcome:
        """A provider runs late. Raises ``Problem``."""
        known = await self._provider(call, wanted.resource_id, at_least)
        if known.retired:
            raise Problem("conflict", "This provider is retired.")
        now = self.clock.now()
        code = DelayReason(wanted.reason) if wanted.reason in REASON_CODES else None
        note = wanted.reason if code is None else None
        command = ReportDelay(
            wanted.resource_id, wanted.minutes, now, DelayReason.OTHER if note else code, reason_note=note
        )
        return await self.store.report(
            command,
            ClinicDay.around(now, known.facility_id, known.time_zone),
            call.origin(known.facility_id),
            sealer=await self.privacy.new_sealer(new_id(), "text") if note else None,
            expected=call.if_match,
            key=call.key,
        )

    async def clear(self, call: Call, resource_id: UUID, at_least: str | None = None) -> Outcome:
        """The provider is on time again. Raises ``Problem``."""
        known = await self._provider(call, resource_id, at_least)
        return await self.store.clear(
            ClearDelay(resource_id, self.clock.now()),
            call.origin(known.facility_id),
            expected=call.if_match,
            key=call.key,
        )

    async def _provider(self, call: Call, resource_id: UUID, at_least: str | None) -> KnownResource:
        """The provider, if it exists for the caller."""
        async with reading_views(), self.clinic.open(at_least) as tables:
            known = await find_resource(tables, resource_id)
        if known is None:
            raise Problem("not-found")
        require_facility(call, known.facility_id)
        if known.kind != "provider":
            raise Problem("invalid", "Delays are reported of providers, not of rooms or devices.")
        return known
