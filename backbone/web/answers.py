"""From a decision's outcome to an HTTP answer; every write route ends here."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from starlette.responses import Response

from backbone.projecting.positions import encode_position
from backbone.store.decision import Accepted, Conflict, Outcome, Refused
from backbone.web.caller import Caller
from backbone.web.calling import Call
from backbone.web.problems import Problem
from backbone.web.times import rfc3339
from backbone.web.versions import etag

__all__ = ["accepted_body", "answer", "conflicts_shown", "json_answer", "refused_problem"]

_RESOURCES = frozenset(("provider", "room", "device", "template", "absence", "lead-time"))


def answer(
    outcome: Outcome,
    call: Call,
    *,
    status: int = 200,
    facility_of: Mapping[UUID, UUID] | None = None,
) -> Response:
    """The answer to a command; raises the fitting ``Problem`` where it was refused or stale.

    ``facility_of``: the facilities of the resources that may stand in conflicts. A resource that is not in it
    is not named to a caller who is limited to facilities.
    """
    if isinstance(outcome, Accepted):
        headers = {"ETag": etag(outcome.version)}
        if outcome.repeated:
            headers["Idempotent-Replayed"] = "true"
        return json_answer(accepted_body(outcome), status=status, headers=headers)
    if isinstance(outcome, Refused):
        raise refused_problem(outcome, call.caller, facility_of or {})
    raise Problem("stale-version")


def accepted_body(outcome: Accepted) -> dict[str, Any]:
    """The answer's body to a command that was accepted, whichever way it came."""
    return {
        **outcome.answer,
        "version": outcome.version,
        "position": encode_position(outcome.marks),
    }


def refused_problem(outcome: Refused, caller: Caller, facility_of: Mapping[UUID, UUID]) -> Problem:
    """The problem that tells of a refusal, with all conflicts and as much of them as the caller may know."""
    more: dict[str, Any] = {}
    if outcome.conflicts:
        more["conflicts"] = conflicts_shown(outcome.conflicts, caller, facility_of)
    if outcome.refusal.errors:
        more["errors"] = list(outcome.refusal.errors)
    replayed = {"Idempotent-Replayed": "true"} if outcome.repeated else None
    return Problem(outcome.refusal.type, outcome.refusal.detail, headers=replayed, **more)


def conflicts_shown(
    conflicts: Sequence[Conflict], caller: Caller, facility_of: Mapping[UUID, UUID]
) -> list[dict[str, Any]]:
    """Conflicts as JSON: kind and times always; the resource only where the caller sees its facility.

    Never whose the other booking is: a conflict of kind ``patient`` names nobody, not even the patient asked
    for.
    """
    return [_shown(conflict, caller, facility_of) for conflict in conflicts]


def _shown(conflict: Conflict, caller: Caller, facility_of: Mapping[UUID, UUID]) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": conflict.kind}
    resource = conflict.resource_id
    if resource is not None and conflict.kind in _RESOURCES:
        facility = facility_of.get(resource)
        if caller.facility_ids is None or (facility is not None and caller.sees_facility(facility)):
            shown["resource_id"] = str(resource)
    shown["starts_at"] = rfc3339(conflict.starts_at)
    shown["ends_at"] = rfc3339(conflict.ends_at)
    return shown


def json_answer(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Compact JSON; ids, enumerations and models are written as Pydantic writes them."""
    return Response(to_json(body), status, headers, "application/json")
