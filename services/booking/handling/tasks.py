"""Tasks: done when somebody says so."""

from uuid import UUID

from backbone.store.decision import Decision, Outcome
from services.booking.handling.asker import Asker
from services.booking.setup.catalogue import Setup
from services.booking.store import BookingStore
from services.booking.tasks.task import complete

__all__ = ["complete_task"]


async def complete_task(store: BookingStore, asker: Asker, task_id: UUID, outcome_code: str) -> Outcome:
    """The task is done."""

    async def decide(_: Setup) -> Decision:
        known = await store.task(task_id)
        if known is None or (known.facility_id and not asker.caller.sees_facility(known.facility_id)):
            return asker.asking.refuse("not-found", "no such task")
        if known.kind == "approve-erasure":
            return asker.asking.refuse("wrong-status", "an erasure is approved or withdrawn at the patient")
        return asker.outdated(known.version) or complete(asker.asking, known, outcome_code)

    return await store.execute(decide)
