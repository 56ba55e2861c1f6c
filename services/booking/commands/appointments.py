"""What may be asked about appointments."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from backbone.web.refusing import unacceptable
from services.booking.commands.texts import Code, Command, Text, When
from services.booking.values import By, OverrideKind, Priority

__all__ = [
    "Book",
    "BookHold",
    "Cancel",
    "ChangeDetails",
    "Confirm",
    "ConfirmPreparation",
    "EnterInError",
    "Hold",
    "OverrideWanted",
    "Reschedule",
    "ResourceWanted",
    "VisitWanted",
]


class ResourceWanted(Command):
    """A resource's part of a staggered visit."""

    resource_id: UUID
    starts_at: When
    ends_at: When


class OverrideWanted(Command):
    """Rules to be set aside on purpose, and why."""

    of: tuple[OverrideKind, ...] = Field(min_length=1, max_length=4)
    reason_code: Code


_ResourceIds = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=20)]


class VisitWanted(Command):
    """A proposal: what, when, with what. Each resource's part is told, or follows from the visit type."""

    visit_type: Code
    starts_at: When
    ends_at: When | None = None
    resource_ids: _ResourceIds | None = None
    resources: Annotated[tuple[ResourceWanted, ...], Field(min_length=1, max_length=20)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.resource_ids is None) == (self.resources is None):
            raise unacceptable("either resource_ids or resources")
        return self


class Hold(VisitWanted):
    """Keeps the time for a while."""

    patient_id: UUID | None = None
    expires_in_seconds: int = Field(default=300, ge=1, le=3600)


class Book(VisitWanted):
    """Books at once."""

    patient_id: UUID
    reason: Text | None = None
    priority: Priority = "routine"
    override: OverrideWanted | None = None


class BookHold(Command):
    """Books what is held."""

    hold: UUID
    patient_id: UUID | None = None
    reason: Text | None = None
    priority: Priority = "routine"


class Reschedule(Command):
    """The same visit at another time, or with others; ``resource_ids`` left out: with the same."""

    visit_type: Code | None = None
    """As a proposal has it; the visit's own."""
    starts_at: When
    ends_at: When | None = None
    resource_ids: _ResourceIds | None = None
    resources: Annotated[tuple[ResourceWanted, ...], Field(min_length=1, max_length=20)] | None = None
    by: By
    reason_code: Code | None = None
    override: OverrideWanted | None = None

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.resource_ids is not None and self.resources is not None:
            raise unacceptable("either resource_ids or resources")
        return self


class Cancel(Command):
    """Cancels a visit; of a group visit's session: for everybody in it."""

    by: By
    reason_code: Code
    note: Text | None = None


class Confirm(Command):
    """The patient will come."""


class ChangeDetails(Command):
    """What is left out stays as it is."""

    reason: Text | None = None
    priority: Priority | None = None


class EnterInError(Command):
    """It should never have been entered."""

    reason_code: Code


class ConfirmPreparation(Command):
    """What the patient has done; ``items`` left out: everything."""

    items: tuple[Text, ...] | None = Field(default=None, max_length=20)
