"""How delays are reported by other systems over Kafka: the bodies and decisions that HTTP has."""

from collections.abc import Mapping
from typing import Final

from backbone.commanding.handlers import Asked, Commands, Form, Handler, take_id
from backbone.commanding.opening import Secret
from backbone.store.decision import Outcome
from backbone.store.store import Store
from services.patient_flow.commands import REASON_CODES, ClearDelay, ReportDelay
from services.patient_flow.handling import Delays

__all__ = ["FORMS", "commands"]

RESOURCE = "resource_id"

FORMS: Final[Mapping[str, Form]] = {
    "ReportDelay": Form((ReportDelay,), (Secret.at("reason", codes=REASON_CODES),)),
    "ClearDelay": Form((ClearDelay,), subject=RESOURCE),
}


def commands(delays: Delays, store: Store) -> Commands:
    """Patient flow's part in commanding."""

    async def report(asked: Asked) -> Outcome:
        return await delays.report(asked.call, asked.read(ReportDelay))

    async def clear(asked: Asked) -> Outcome:
        asked.read(ClearDelay, without=[RESOURCE])
        return await delays.clear(asked.call, take_id(asked, RESOURCE))

    return Commands(
        service="patient-flow",
        store=store,
        handlers={
            "ReportDelay": Handler(report, FORMS["ReportDelay"]),
            "ClearDelay": Handler(clear, FORMS["ClearDelay"]),
        },
    )
