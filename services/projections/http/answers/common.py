"""What several views show."""

from datetime import date
from typing import Literal
from uuid import UUID

from backbone.web.shapes import Shown

__all__ = ["Kind", "PersonShown", "Status"]

Kind = Literal["provider", "room", "device"]
Status = Literal[
    "held",
    "booked",
    "confirmed",
    "arrived",
    "in-progress",
    "completed",
    "no-show",
    "left-without-being-seen",
    "cancelled",
    "entered-in-error",
]


class PersonShown(Shown):
    """A patient, as far as the caller's role may know: by name, or by pseudonym only."""

    patient_id: UUID
    family_name: str | None = None
    given_names: str | None = None
    birth_date: date | None = None
    erased: Literal[True] | None = None
    """There: the patient is erased, and has no name any more."""
