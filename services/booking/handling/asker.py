"""Who stands behind a request, and what exists for them."""

from functools import lru_cache
from typing import NamedTuple

from backbone.clock import Clock
from backbone.store.decision import Decision
from backbone.web.caller import Caller, Role
from backbone.web.calling import Call
from services.booking.appointments.appointment import Appointment
from services.booking.asking import OVERRIDES_BY_ROLE, Asking
from services.booking.handling.hidden import Hidden
from services.booking.setup.resource import Resource
from services.booking.values import By, OverrideKind

__all__ = ["Asker", "asker_of"]


class Asker(NamedTuple):
    """A caller with the circumstances of the request."""

    caller: Caller
    asking: Asking
    expected: int | None = None
    """The version that the asker has read; None: whatever it is now."""

    def require(self, appointment: Appointment | None) -> Appointment:
        """The appointment, where it exists for the asker; else ``Hidden``."""
        if appointment is None:
            raise Hidden
        if not self.caller.sees_patient(appointment.patient_id):
            raise Hidden(appointment.patient_id)
        if not self.caller.is_patient and not self.caller.sees_facility(appointment.facility_id):
            raise Hidden(appointment.patient_id)
        return appointment

    def sees_resource(self, resource: Resource | None) -> bool:
        """Whether it exists for the asker: it belongs to a facility of theirs, or has hours there."""
        seen = self.caller.facility_ids
        return resource is not None and (seen is None or any(map(resource.works_at, seen)))

    def limited(self) -> Decision | None:
        """The refusal of what concerns all facilities, for an asker who is limited to some."""
        if self.caller.facility_ids is None:
            return None
        return self.asking.refuse("forbidden", "This concerns all facilities, and yours are some of them.")

    def outdated(self, version: int) -> Decision | None:
        """The refusal for an asker who has read another version."""
        if self.expected in (None, version):
            return None
        return self.asking.refuse("stale-version", "It has changed since you read it: read it again.")

    def acting(self, by: By) -> Asking:
        """The circumstances, in which ``by`` wanted it; a patient's token speaks for the patient only."""
        asking = self.asking
        wanted = "patient" if self.caller.is_patient else by
        return Asking(asking.now, asking.origin, wanted, asking.may_override, asking.key)


def asker_of(call: Call, clock: Clock) -> Asker:
    """From an HTTP request."""
    by: By = "patient" if call.caller.is_patient else "clinic"
    allowed = _overrides(call.caller.roles)
    return Asker(call.caller, Asking(clock.now(), call.origin(), by, allowed, call.key), call.if_match)


@lru_cache(maxsize=256)
def _overrides(roles: frozenset[Role]) -> frozenset[OverrideKind]:
    return frozenset().union(*(OVERRIDES_BY_ROLE.get(role, frozenset()) for role in roles))
