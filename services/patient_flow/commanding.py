"""How delays are reported by other systems over Kafka: the bodies and decisions that HTTP has."""

from collections.abc import Mapping
from typing import Final

from backbone.commanding.handlers import Asked, Commands, Form, Handler, take_id
from backbone.commanding.opening import Secret
from backbone.store.decision import Outcome
from backbone.store.store import Store
from backbone.web.bodies import Body
from services.patient_flow.handling import REASON_CODES, Delays, DelayWanted

__all__ = ["FORMS", "commands"]

RESOURCE = "resource_id"


class ClearWanted(Body):
    """The provider is on time again."""


FORMS: Final[Mapping[str, Form]] = {
    "ReportDelay": Form((DelayWanted,), (Secret.at("reason", codes=REASON_CODES),)),
    "ClearDelay": Form((ClearWanted,), subject=RESOURCE),
}


def commands(delays: Delays, store: Store) -> Commands:
    """Patient flow's part in commanding."""

    async def report(asked: Asked) -> Outcome:
        return await delays.report(asked.call, asked.read(DelayWanted))

    async def clear(asked: Asked) -> Outcome:
        asked.read(ClearWanted, without=[RESOURCE])
        return await delays.clear(asked.call, take_id(asked, RESOURCE))

    return Commands(
        service="patient-flow",
        store=store,
        handlers={
            "ReportDelay": Handler(report, FORMS["ReportDelay"]),
            "ClearDelay": Handler(clear, FORMS["ClearDelay"]),
        },
    )
