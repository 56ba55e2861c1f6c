"""Delays reported and cleared, whichever way it is asked: over HTTP or by a command."""

from dataclasses import dataclass
from uuid import UUID

from backbone.clock import Clock
from backbone.ids import new_id
from backbone.privacy.privacy import Privacy
from backbone.projecting.reading import ProjectionReader
from backbone.store.decision import Decision, Outcome, Refusal
from backbone.web.calling import Call
from backbone.web.freshness import reading_views
from backbone.web.problems import Problem
from backbone.web.visibility import require_facility
from services.patient_flow.clinic import KnownResource, find_resource
from services.patient_flow.commands import ReportDelay
from services.patient_flow.delay import Delay, clear, report
from services.patient_flow.events import DelayEvent, ProviderDelayReported
from services.patient_flow.store import DelayStore
from services.patient_flow.values import ClinicDay

__all__ = ["NOTE", "Delays"]

NOTE = "reason_note"
"""The field that a note is sealed for."""
MOVED_ON = Refusal("stale-version", "Somebody else has reported or cleared this delay since you read it.")


@dataclass(frozen=True, slots=True)
class Delays:
    """The part of the service that changes delays."""

    store: DelayStore
    clinic: ProjectionReader
    privacy: Privacy
    clock: Clock

    async def report(self, call: Call, wanted: ReportDelay, at_least: str | None = None) -> Outcome:
        """A provider runs late. Raises ``Problem``."""
        known = await self._provider(call, wanted.resource_id, at_least)
        if known.retired:
            raise Problem("conflict", "This provider is retired.")
        now = self.clock.now()
        day = ClinicDay.around(now, known.facility_id, known.time_zone)
        words = wanted.words
        sealer = await self.privacy.new_sealer(new_id(), "text") if words else None

        async def decide() -> Decision:
            state = await self.store.current(wanted.resource_id)
            if call.if_match not in (None, state.version):
                return _refused(call, known, MOVED_ON)
            note = None
            if sealer is not None and words is not None:
                note = sealer.seal(words, stream=state.resource_id, version=state.version + 1, path=NOTE)
            event = report(state, wanted.minutes, now, day, wanted.reason_code, note)
            return _recorded(call, known, state, event)

        return await self.store.execute(decide)

    async def clear(self, call: Call, resource_id: UUID, at_least: str | None = None) -> Outcome:
        """The provider is on time again. Raises ``Problem``."""
        known = await self._provider(call, resource_id, at_least)
        now = self.clock.now()

        async def decide() -> Decision:
            state = await self.store.current(resource_id)
            if call.if_match not in (None, state.version):
                return _refused(call, known, MOVED_ON)
            event = clear(state, now)
            if isinstance(event, Refusal):
                return _refused(call, known, event, state)
            return _recorded(call, known, state, event)

        return await self.store.execute(decide)

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


def _refused(call: Call, known: KnownResource, refusal: Refusal, seen: Delay | None = None) -> Decision:
    reads = {seen.resource_id: seen.version} if seen else {}
    return Decision(call.origin(known.facility_id), refusal=refusal, reads=reads, key=call.key)


def _recorded(call: Call, known: KnownResource, state: Delay, event: DelayEvent) -> Decision:
    return Decision(
        call.origin(known.facility_id),
        events=(event,),
        reads={state.resource_id: state.version},
        key=call.key,
        answer=_answer(event),
    )


def _answer(event: DelayEvent) -> dict[str, object]:
    told: dict[str, object] = {"resource_id": str(event.originator_id), "day": event.day.isoformat()}
    if not isinstance(event, ProviderDelayReported):
        return told | {"minutes": 0}
    return told | {
        "facility_id": str(event.facility_id),
        "minutes": event.minutes,
        "valid_until": event.valid_until.isoformat().replace("+00:00", "Z"),
        "reason_code": event.reason_code,
    }
