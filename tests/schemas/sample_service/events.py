"""A service of three event classes to try the machinery on."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, Field

from backbone.events import DomainEvent

__all__ = ["EVENTS", "Shelf", "ToyBorrowed", "ToyBroken", "ToyReturned", "Why"]


class Why(StrEnum):
    """Reasons."""

    FELL = "fell"
    SAT_ON = "sat-on"


class Shelf(BaseModel):
    """A place to keep toys."""

    room: str
    level: int = Field(default=1, ge=1, le=9)


class _ToyEvent(DomainEvent):
    service: ClassVar[str] = "toys"
    kafka_topic: ClassVar[str] = "almanac.toys.loans"

    child_id: UUID
    """Who plays with it."""


class ToyBorrowed(_ToyEvent):
    """A child took the toy home.

    It has to be back in a week.
    """

    due: datetime
    from_shelf: Shelf


class ToyReturned(_ToyEvent):
    """The toy is back."""

    to_shelf: Shelf | None = None


class ToyBroken(_ToyEvent):
    """The toy needs a doctor."""

    why: Why


EVENTS: tuple[type[DomainEvent], ...] = (ToyReturned, ToyBorrowed, ToyBroken)
