"""Who stands behind a decision, and which request or event it answers."""

from typing import Literal, NamedTuple
from uuid import UUID

__all__ = ["AuthType", "Origin"]

AuthType = Literal["user", "app", "system", "patient", "unauthenticated"]
"""The kind of caller: ``ce_authtype`` (CloudEvents extension "authcontext")."""


class Origin(NamedTuple):
    """Who asked for a decision, in which role and why. It goes into the metadata of each event."""

    auth_type: AuthType
    auth_id: str
    """Pseudonymous: never a login name or e-mail address."""
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    facility_id: UUID | None = None
    asserted_id: str | None = None
    """The end user whom a system names, as it says: pseudonymous, and vouched for by nobody else."""
    roles: tuple[str, ...] = ()
    """In which roles it was done; none: by the system itself."""
    purpose: str | None = None
    """Why: the purpose of use (HL7 PurposeOfUse). Like the roles it stays in the store, for audit."""

    def at(self, facility_id: UUID | None) -> "Origin":
        """The same, of something that concerns a facility."""
        if facility_id is None:
            return self
        # By hand: ``_replace`` takes three times as long, and every decision passes here.
        return Origin(
            self.auth_type,
            self.auth_id,
            self.correlation_id,
            self.causation_id,
            self.traceparent,
            facility_id,
            self.asserted_id,
            self.roles,
            self.purpose,
        )
