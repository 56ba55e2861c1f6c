"""What does not exist for the asker: answered as not found, and on record where it is a patient's."""

from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from backbone.privacy.privacy import Privacy
from backbone.web.calling import Call
from backbone.web.problems import Problem

__all__ = ["Hidden", "found"]

T = TypeVar("T")


class Hidden(Exception):
    """What was asked for does not exist for the asker; ``patient_id``: whose it is, to be put on record."""

    def __init__(self, patient_id: UUID | None = None) -> None:
        super().__init__("not for this asker")
        self.patient_id = patient_id


async def found(work: Awaitable[T], call: Call, action: str, privacy: Privacy) -> T:
    """What ``work`` gives; ``Problem`` not-found, once the denial is on record, where it is ``Hidden``."""
    try:
        return await work
    except Hidden as hidden:
        if hidden.patient_id is not None:
            await privacy.record(call.access(action), "denied", (hidden.patient_id,))
        raise Problem("not-found") from None
