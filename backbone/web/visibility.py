"""What a caller may not see is answered as not found; asking for a hidden patient is on record."""

from uuid import UUID

from backbone.privacy.privacy import Privacy
from backbone.web.calling import Call
from backbone.web.problems import Problem

__all__ = ["require_facility", "require_patient"]


async def require_patient(privacy: Privacy, call: Call, action: str, patient_id: UUID) -> None:
    """Goes on for a patient whom the caller may see; else records the denial and answers 404."""
    if not call.caller.sees_patient(patient_id):
        await privacy.record(call.access(action), "denied", (patient_id,))
        raise Problem("not-found")


def require_facility(call: Call, facility_id: UUID) -> None:
    """Goes on for a facility of the caller's; else answers 404."""
    if not call.caller.sees_facility(facility_id):
        raise Problem("not-found")
