"""Who calls: roles, facilities, patients, and the purposes for which each role may see patient data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple, get_args
from uuid import UUID

from backbone.privacy.access import Purpose
from backbone.store.origin import AuthType

__all__ = ["PURPOSES", "ROLES", "Caller", "Identity", "Purpose", "Role", "purposes_of"]

Role = Literal["scheduler", "front-desk", "clinician", "coder", "auditor", "ops", "system", "patient"]

ROLES: Final[frozenset[str]] = frozenset(get_args(Role))

PURPOSES: Final[Mapping[str, tuple[Purpose, ...]]] = {
    "clinician": ("TREAT", "ETREAT", "HOPERAT"),
    "scheduler": ("HOPERAT", "TREAT", "HPAYMT", "PATRQT"),
    "front-desk": ("HOPERAT", "TREAT", "HPAYMT", "PATRQT"),
    "coder": ("HPAYMT", "HOPERAT"),
    "auditor": ("HOPERAT", "HLEGAL"),
    "ops": ("HOPERAT",),
    "system": ("HOPERAT", "TREAT", "HPAYMT", "PUBHLTH", "HRESCH"),
    "patient": ("PATRQT",),
}
"""The purposes that a role may name in ``Purpose-Of-Use``, the one it has without the header first (HL7 v3
PurposeOfUse). Who has several roles has the purposes of all; the order here decides which comes first."""


@lru_cache(maxsize=256)
def purposes_of(roles: frozenset[Role]) -> tuple[Purpose, ...]:
    """The purposes that these roles allow together; the first is the one meant where none is named."""
    return tuple(purpose for role, some in PURPOSES.items() if role in roles for purpose in some)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a verified token says."""

    subject: str
    """A keyed hash of issuer and subject: who it was can be told by who holds the key, and by nobody else."""
    roles: frozenset[Role]
    auth_type: AuthType
    facility_ids: frozenset[UUID] | None = None
    """None: not limited to facilities; empty: none at all."""
    patient_ids: frozenset[UUID] = frozenset()
    """Self, or for whom a patient acts."""


class Caller(NamedTuple):
    """An identity, for one purpose of use."""

    subject: str
    roles: frozenset[Role]
    auth_type: AuthType
    purpose: Purpose
    facility_ids: frozenset[UUID] | None = None
    patient_ids: frozenset[UUID] = frozenset()

    @property
    def is_patient(self) -> bool:
        """Sees only itself and those for whom it acts."""
        return "patient" in self.roles

    def has(self, *roles: Role) -> bool:
        """Whether the caller has any of these roles."""
        return not self.roles.isdisjoint(roles)

    def sees_facility(self, facility_id: UUID) -> bool:
        """Whether anything of this facility exists for the caller; where not, the answer is 404."""
        return self.facility_ids is None or facility_id in self.facility_ids

    def sees_patient(self, patient_id: UUID | None) -> bool:
        """Whether this patient's data exist for the caller; where not, the answer is 404."""
        return not self.is_patient or patient_id in self.patient_ids
