"""What may be asked about several appointments at once."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from backbone.web.refusing import unacceptable
from services.booking.commands.appointments import Reschedule
from services.booking.commands.texts import Command

__all__ = ["Move", "RescheduleAll"]


class Move(Reschedule):
    """One appointment's move."""

    appointment_id: UUID
    expected_version: Annotated[int, Field(ge=1)] | None = None
    """The version that the asker has read."""


class RescheduleAll(Command):
    """Every move, or none. Each may take the time that another gives up."""

    moves: Annotated[tuple[Move, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _each_once(self) -> "RescheduleAll":
        if len({move.appointment_id for move in self.moves}) < len(self.moves):
            raise unacceptable("each appointment is moved once")
        return self
