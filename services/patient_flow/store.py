"""How delays are kept: decided on the provider's last event, committed through the store's one door."""

from collections.abc import Iterable
from typing import cast
from uuid import UUID

from backbone.privacy.sealer import Sealer
from backbone.store.decision import Decision, IdempotencyKey, Origin, Outcome, Refusal
from backbone.store.reader import Reader
from backbone.store.store import Store
from services.patient_flow.commands import ClearDelay, ClinicDay, ReportDelay
from services.patient_flow.delay import Delay, clear, replay, report
from services.patient_flow.events import DelayEvent, ProviderDelayReported

__all__ = ["NOTE", "DelayStore"]

NOTE = "reason_note"
"""The field that a note is sealed for."""
MOVED_ON = Refusal("stale-version", "Somebody else has reported or cleared this delay since you read it.")

LATEST = """
SELECT e.topic, e.originator_id, e.originator_version, e.state
  FROM unnest($1::uuid[]) AS s (id)
 CROSS JOIN LATERAL (SELECT originator_id, originator_version, topic, state FROM stored_events
                      WHERE originator_id = s.id ORDER BY originator_version DESC LIMIT 1) AS e
"""


class DelayStore:
    """Delays by provider."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def report(
        self,
        command: ReportDelay,
        day: ClinicDay,
        origin: Origin,
        *,
        sealer: Sealer | None = None,
        expected: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """``sealer``: for the note, if there is one. ``expected``: the version that the caller has read."""

        async def decide() -> Decision:
            state = await self._current(command.resource_id)
            if expected not in (None, state.version):
                return Decision(origin, refusal=MOVED_ON, key=key)
            note = None
            if sealer is not None and command.reason_note is not None:
                note = sealer.seal(
                    command.reason_note, stream=state.resource_id, version=state.version + 1, path=NOTE
                )
            event = report(state, command, day, note)
            return _recorded(state, event, origin, key, _answer(event))

        return await self._store.execute(decide)

    async def clear(
        self,
        command: ClearDelay,
        origin: Origin,
        *,
        expected: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """Ends the standing delay."""

        async def decide() -> Decision:
            state = await self._current(command.resource_id)
            if expected not in (None, state.version):
                return Decision(origin, refusal=MOVED_ON, key=key)
            event = clear(state, command)
            if isinstance(event, Refusal):
                return Decision(origin, refusal=event, reads={state.resource_id: state.version}, key=key)
            answer = {"resource_id": str(state.resource_id), "day": event.day.isoformat(), "minutes": 0}
            return _recorded(state, event, origin, key, answer)

        return await self._store.execute(decide)

    async def latest(self, resource_ids: Iterable[UUID]) -> list[Delay]:
        """The delays of providers about whom anything was ever reported."""
        return await latest(self._store, resource_ids)

    async def _current(self, resource_id: UUID) -> Delay:
        known = await self.latest([resource_id])
        return known[0] if known else Delay(resource_id)


async def latest(store: Reader, resource_ids: Iterable[UUID]) -> list[Delay]:
    """One read of each stream's end: a delay is what was said last."""
    async with store.reading() as connection:
        rows = await connection.fetch(LATEST, list(resource_ids))
    return [replay(row["originator_id"], [cast(DelayEvent, store.mapper.decode(*row))]) for row in rows]


def _recorded(
    state: Delay,
    event: DelayEvent,
    origin: Origin,
    key: IdempotencyKey | None,
    answer: dict[str, object],
) -> Decision:
    return Decision(origin, events=(event,), reads={state.resource_id: state.version}, key=key, answer=answer)


def _answer(event: ProviderDelayReported) -> dict[str, object]:
    return {
        "resource_id": str(event.originator_id),
        "facility_id": str(event.facility_id),
        "day": event.day.isoformat(),
        "minutes": event.minutes,
        "valid_until": event.valid_until.isoformat().replace("+00:00", "Z"),
        "reason_code": event.reason_code,
    }
