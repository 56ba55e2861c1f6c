"""Every way to say no (RFC 9457): a stable type, a status, and words that never repeat what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import to_json
from starlette.responses import Response

__all__ = ["CATALOGUE", "Kind", "Problem", "problem_body", "problem_response"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A problem type's HTTP status and title; both stay as they are from release to release."""

    status: int
    title: str


CATALOGUE: Final[Mapping[str, Kind]] = {
    "malformed": Kind(400, "The request can't be read."),
    "unauthorized": Kind(401, "A valid access token is needed."),
    "forbidden": Kind(403, "This role or purpose does not allow it."),
    "not-found": Kind(404, "There is no such thing, or not for you."),
    "method-not-allowed": Kind(405, "This address has no such method."),
    "too-slow": Kind(408, "The request did not come in time."),
    "slot-taken": Kind(409, "Something that this needs is not free."),
    "nothing-to-clear": Kind(409, "There is nothing to clear."),
    "conflict": Kind(409, "This contradicts how things stand."),
    "ambiguous-patient": Kind(409, "More than one patient fits."),
    "expired": Kind(409, "It came, or could be done, only after its expiry."),
    "stale-version": Kind(412, "It has changed since you read it: read it again."),
    "too-large": Kind(413, "The request is too large."),
    "uri-too-long": Kind(414, "The address is too long."),
    "unsupported-media-type": Kind(415, "Send JSON, with Content-Type: application/json."),
    "invalid": Kind(422, "Something in the request is not acceptable."),
    "unknown-command": Kind(422, "There is no such command."),
    "idempotency-key-reused": Kind(422, "This Idempotency-Key was used for another request."),
    "head-too-large": Kind(431, "There are too many headers, or they are too long."),
    "too-many-requests": Kind(429, "You ask more often than you may: wait a little."),
    "internal": Kind(500, "Something went wrong on our side."),
    "overloaded": Kind(503, "Too much is asked at once: try again shortly."),
    "unavailable": Kind(503, "Something that this needs is away: try again shortly."),
    "patient-not-visible": Kind(503, "Whom you mean may be known, but is not visible here yet."),
    "not-yet-visible": Kind(503, "What you wrote is not visible here yet: try again shortly."),
}

_OTHER: Final = Kind(409, "This contradicts how things stand.")


class Problem(Exception):
    """Raised anywhere behind the edge, answered as ``application/problem+json``.

    ``type``: the last part of ``/problems/...``; one that the catalogue doesn't know is a domain's own
    refusal, answered with 409. ``detail``: what to do, without anything that was sent. ``more``: extension
    members.
    """

    def __init__(
        self,
        type: str,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(type)
        self.type = type
        self.kind = CATALOGUE.get(type, _OTHER)
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def problem_body(problem: Problem, request_id: str) -> dict[str, Any]:
    """The problem as JSON; ``request_id`` is what to name when asking for help."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.type}",
        "title": problem.kind.title,
        "status": problem.kind.status,
    }
    if problem.detail:
        body["detail"] = problem.detail
    body |= problem.more
    body["request_id"] = request_id
    return body


def problem_response(problem: Problem, request_id: str) -> Response:
    """The answer over HTTP."""
    return Response(
        to_json(problem_body(problem, request_id)),
        status_code=problem.kind.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )
