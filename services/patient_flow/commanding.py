"""How delays are reported by other systems over Kafka: the bodies and decisions that HTTP has."""

from backbone.commanding.handlers import Asked, Commands, Handler, take_id
from backbone.commanding.opening import Secret
from backbone.store.decision import Outcome
from backbone.store.store import Store
from backbone.web.problems import Problem
from services.patient_flow.handling import REASON_CODES, Delays, DelayWanted

__all__ = ["commands"]

RESOURCE = "resource_id"


def commands(delays: Delays, store: Store) -> Commands:
    """Patient flow's part in commanding."""

    async def report(asked: Asked) -> Outcome:
        return await delays.report(asked.call, asked.read(DelayWanted))

    async def clear(asked: Asked) -> Outcome:
        if asked.body.keys() - {RESOURCE}:
            raise Problem("invalid", "Nothing but resource_id is asked for.")
        return await delays.clear(asked.call, take_id(asked, RESOURCE))

    return Commands(
        service="patient-flow",
        store=store,
        handlers={
            "ReportDelay": Handler(report, (Secret.at("reason", codes=REASON_CODES),)),
            "ClearDelay": Handler(clear),
        },
    )
