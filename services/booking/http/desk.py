"""What the routes work with, and who may call which of them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

from starlette.responses import Response

from backbone.clock import Clock
from backbone.privacy.privacy import Privacy
from backbone.projecting.reading import ProjectionReader
from backbone.store.decision import Outcome
from backbone.web.answers import answer, json_answer
from backbone.web.calling import Call, allow
from backbone.web.paging import next_cursor, read_cursor
from services.booking.handling.appointments import Appointments
from services.booking.handling.asker import Asker, asker_of
from services.booking.handling.bookings import Bookings
from services.booking.handling.erasing import Erasing
from services.booking.handling.hidden import found
from services.booking.handling.patients import Patients
from services.booking.handling.searching import Searching
from services.booking.handling.setting_up import SettingUp
from services.booking.store import BookingStore

__all__ = ["Books", "Desk", "Erases", "Reads", "ReadsRecords", "Serves", "SetsUp", "page"]

SetsUp = Annotated[Call, allow("scheduler", "system")]
"""Changes what can be booked."""
Serves = Annotated[Call, allow("scheduler", "front-desk", "clinician", "system")]
"""Works at the clinic."""
Books = Annotated[Call, allow("scheduler", "front-desk", "clinician", "system", "patient")]
"""Works at the clinic, or is a patient and sees what is their own."""
ReadsRecords = Annotated[
    Call, allow("scheduler", "front-desk", "clinician", "system", "coder", "auditor", "patient")
]
"""May read appointments and patients, to an extent."""
Reads = Annotated[
    Call, allow("scheduler", "front-desk", "clinician", "system", "coder", "auditor", "ops", "patient")
]
"""May read what says nothing of any patient."""

Erases = Annotated[Call, allow("ops")]
"""Asks for erasures and approves them, sets and lifts legal holds."""

T = TypeVar("T")
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of the service behind the routes."""

    store: BookingStore
    bookings: Bookings
    appointments: Appointments
    setting_up: SettingUp
    patients: Patients
    erasing: Erasing
    searching: Searching
    tasks: ProjectionReader
    privacy: Privacy
    clock: Clock

    def asker(self, call: Call) -> Asker:
        """Who asks, now."""
        return asker_of(call, self.clock)

    async def found(self, call: Call, action: str, work: Awaitable[T]) -> T:
        """What ``work`` gives; 404, and the denial on record, where it does not exist for the caller."""
        return await found(work, call, action, self.privacy)

    async def told(self, call: Call, action: str, work: Awaitable[Outcome], status: int = 200) -> Response:
        """The answer to a command."""
        outcome = await self.found(call, action, work)
        return answer(outcome, call, status=status, facility_of=self.store.cache.facility_of)


def page(
    name: str,
    things: Iterable[tuple[UUID, Thing]],
    cursor: str | None,
    limit: int,
    shown: Callable[[Thing], dict[str, Any]],
) -> Response:
    """``{name: [...], next}``: up to ``limit`` things in the order of their ids, from ``cursor`` on."""
    (after,) = read_cursor(cursor, UUID) or (None,)
    rest = sorted(((key, thing) for key, thing in things if after is None or key > after), key=lambda t: t[0])
    last = rest[limit - 1][0] if len(rest) > limit else None
    return json_answer(
        {name: [shown(thing) for _, thing in rest[:limit]], "next": next_cursor(last) if last else None}
    )
