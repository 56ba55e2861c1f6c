"""What may be asked: report how late a provider is, or that the delay is over."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from backbone.web.bodies import Body
from backbone.web.characters import free_text
from services.patient_flow.values import MAX_DELAY_MINUTES, DelayReason

__all__ = ["REASON_CODES", "ClearDelay", "ReportDelay"]

REASON_CODES = frozenset(DelayReason)


class ReportDelay(Body):
    """A provider is ``minutes`` behind; replaces what was reported before."""

    resource_id: UUID
    minutes: int = Field(gt=0, le=MAX_DELAY_MINUTES)
    reason: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(free_text)] | None = None
    """One of the codes, or free words: these are kept as ciphertext only."""

    @property
    def reason_code(self) -> DelayReason | None:
        """The code; ``other`` where the reason was told in words."""
        if self.reason is None:
            return None
        return DelayReason(self.reason) if self.reason in REASON_CODES else DelayReason.OTHER

    @property
    def words(self) -> str | None:
        """The reason, where it is none of the codes."""
        return None if self.reason in REASON_CODES else self.reason


class ClearDelay(Body):
    """The provider is on time again."""
