"""A visit type: how long a kind of visit takes, what it needs, and the rules it is booked by."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from backbone.store.decision import Decision
from services.booking.asking import Asking
from services.booking.commands.setup import AddVisitType
from services.booking.events.setup import VisitTypeAdded, VisitTypeChanged, VisitTypeEvent
from services.booking.values import Need, Preparation

__all__ = ["VisitType", "add_visit_type", "change_visit_type", "evolve", "visit_type_id"]

_NAMESPACE = UUID("b6d2a7a0-2f0e-5a57-9d8e-0a5a6c7f1e01")


def visit_type_id(code: str) -> UUID:
    """The stream of the visit type with this code: made of it, so that no code is ever given twice."""
    return uuid5(_NAMESPACE, code)


@dataclass(frozen=True, slots=True)
class VisitType:
    """What it is now."""

    visit_type_id: UUID
    version: int
    code: str
    name: str
    minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    needs: tuple[Need, ...]
    lead_minutes: int
    daily_limit: int | None
    seats: int | None
    preparation: tuple[Preparation, ...]
    single_needs: tuple[Need, ...]
    """``needs`` with a count of 1 each."""

    @property
    def staggered(self) -> bool:
        """Whether some need takes a part of the visit only."""
        return any(need.from_minute or (need.minutes or self.minutes) != self.minutes for need in self.needs)


def evolve(_: VisitType | None, event: VisitTypeEvent) -> VisitType:
    """The visit type after ``event``."""
    return VisitType(
        visit_type_id=event.visit_type_id,
        version=event.originator_version,
        code=event.code,
        name=event.name,
        minutes=event.minutes,
        buffer_before_minutes=event.buffer_before_minutes,
        buffer_after_minutes=event.buffer_after_minutes,
        needs=event.needs,
        lead_minutes=event.lead_minutes,
        daily_limit=event.daily_limit,
        seats=event.seats,
        preparation=event.preparation,
        single_needs=_single(event.needs),
    )


def _single(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    return tuple(need.model_copy(update={"count": 1}) for need in needs for _ in range(need.count))


def add_visit_type(asking: Asking, known: VisitType | None, wanted: AddVisitType) -> Decision:
    """Offers a kind of visit under a code that is not in use."""
    if known is not None:
        return asking.refuse("already-exists", f"there is a visit type {wanted.code!r} already")
    return _offer(asking, VisitTypeAdded, 1, wanted)


def change_visit_type(asking: Asking, known: VisitType, wanted: AddVisitType) -> Decision:
    """Offers it otherwise from now on; appointments made before stay as they are."""
    if wanted.code != known.code:
        return asking.refuse("invalid", "a visit type keeps its code")
    return _offer(asking, VisitTypeChanged, known.version + 1, wanted)


def _offer(asking: Asking, kind: type[VisitTypeEvent], version: int, wanted: AddVisitType) -> Decision:
    stream = visit_type_id(wanted.code)
    event = kind(
        originator_id=stream,
        originator_version=version,
        timestamp=asking.now,
        visit_type_id=stream,
        **wanted.model_dump(),
    )
    return asking.record(event, answer={"visit_type_id": str(stream), "code": wanted.code})
