"""Who asks for patient data, and why: what every access record says."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from backbone.store.origin import AuthType

__all__ = ["Access", "AccessOutcome", "Purpose"]

Purpose = Literal["TREAT", "HOPERAT", "HPAYMT", "ETREAT", "PATRQT", "PUBHLTH", "HRESCH", "HLEGAL"]
"""HL7 v3 PurposeOfUse: treatment, healthcare operations, payment, emergency treatment, patient requested,
public health, research, legal."""

AccessOutcome = Literal["disclosed", "denied", "opened", "closed"]
"""``opened`` and ``closed``: a stream of server-sent events over which patients are shown as they come."""


@dataclass(frozen=True, slots=True)
class Access:
    """One request's standing: the same for everything it discloses."""

    actor_id: str
    """Pseudonymous: never a login name or e-mail address."""
    auth_type: AuthType
    roles: tuple[str, ...]
    purpose: Purpose
    action: str
    """What is done, as the API names it: ``patients.search``, ``calendars.read`` ..."""
    request_id: str
    facility_ids: tuple[UUID, ...] = ()
    """Where; empty where the request is not about a facility."""
    traceparent: str | None = None
