"""How many holds a caller may have at a time: each takes one lane of a pseudo-resource of the caller's.

So the limit is kept by what also prevents double booking, at the commit, however many come at once.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from backbone.settings import Settings
from backbone.store.decision import Claim, Outcome, Refusal, Refused, Release
from backbone.web.caller import Caller
from services.booking.events.appointments import AppointmentDetails

__all__ = ["HoldLimits", "explain_hold_limit", "hold_count", "hold_count_release"]

_HOLDERS = UUID("b6d2a7a0-2f0e-5a57-9d8e-0a5a6c7f1e06")
_SLOT = 2**29
"""Thousands of years ahead: claims of the past are forgotten, holds that last are not."""
_TOO_MANY = Refusal(
    "too-many-holds", "You keep as many times as you may: book one, give one back, or wait until one expires."
)


@dataclass(frozen=True, slots=True)
class HoldLimits:
    """How many live holds a caller may have."""

    staff: int
    patient: int
    system: int

    @classmethod
    def of(cls, settings: Settings) -> "HoldLimits":
        """As they are set."""
        return cls(settings.holds_staff, settings.holds_patient, settings.holds_system)

    def most(self, caller: Caller) -> int:
        """The caller's."""
        if caller.is_patient:
            return self.patient
        return self.system if caller.has("system") else self.staff


def _holds_of(holder: str) -> UUID:
    """The pseudo-resource whose lanes are a caller's holds."""
    return uuid5(_HOLDERS, holder)


def hold_count(held: AppointmentDetails, most: int) -> tuple[Claim, ...]:
    """One of the ``most`` lanes that its holder has, until it expires."""
    if held.held_by is None:
        return ()
    counter = _holds_of(held.held_by)
    return (
        Claim(held.appointment_id, counter, "hold-limit", _SLOT, _SLOT + 1, most, expires_at=held.expires_at),
    )


def hold_count_release(held: AppointmentDetails) -> tuple[Release, ...]:
    """Gives that lane back, where ``held`` is a hold."""
    if held.held_by is None:
        return ()
    return (Release(held.appointment_id, _holds_of(held.held_by), _SLOT, _SLOT + 1),)


def explain_hold_limit(outcome: Outcome) -> Outcome:
    """Where the caller has too many holds, the refusal says so; the other conflicts stay in it."""
    if isinstance(outcome, Refused):
        others = tuple(conflict for conflict in outcome.conflicts if conflict.kind != "hold-limit")
        if len(others) < len(outcome.conflicts):
            return outcome._replace(refusal=_TOO_MANY, conflicts=others)
    return outcome
