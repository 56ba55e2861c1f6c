"""What names one request: its id, and the trace it belongs to."""

import random
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.requests import Request
from starlette.types import Scope

from backbone.ids import new_id_text
from backbone.telemetry.current import CURRENT
from backbone.web.headers import headers_of

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = [
    "SPAN",
    "RequestContext",
    "answer_with",
    "answered_with",
    "context_of",
    "given_names",
    "read_context",
    "request_id_of",
    "well_formed_traceparent",
]

_KEY: Final = "almanac.context"
_ANSWER: Final = "almanac.answer_with"
SPAN: Final = "almanac.span"
"""Under which a request's span is kept with it, where it has one."""
_UNTRACED: Final = frozenset(("/metrics", "/health/live", "/health/ready"))
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class RequestContext(NamedTuple):
    """``request_id``: the caller's ``X-Request-Id`` where it is well formed, else a new one.
    ``traceparent``: W3C Trace Context, the caller's or a new one."""

    request_id: str
    traceparent: str


def read_context(scope: Scope, tracing: "Tracing | None" = None) -> RequestContext:
    """Reads it from the headers and keeps it with the request, and for what is logged in its task."""
    request_id, traceparent = given_names(scope)
    if tracing is not None and scope["path"] not in _UNTRACED:
        scope[SPAN] = span = tracing.request(traceparent)
        traceparent = span.traceparent
    context = RequestContext(request_id or new_id_text(), traceparent or _new_traceparent())
    scope[_KEY] = context
    CURRENT.set(context)
    return context


def given_names(scope: Scope) -> tuple[str | None, str | None]:
    """The caller's own request id and traceparent, where they are well formed."""
    headers = headers_of(scope)
    return (
        _well_formed(_REQUEST_ID, headers.get(b"x-request-id")),
        _well_formed(_TRACEPARENT, headers.get(b"traceparent")),
    )


def _well_formed(form: re.Pattern[bytes], given: bytes | None) -> str | None:
    return given.decode() if given is not None and form.fullmatch(given) else None


def well_formed_traceparent(given: str | None) -> str:
    """The one given where it is well formed, else a new one."""
    if given is not None and _TRACEPARENT.fullmatch(given.encode()):
        return given
    return _new_traceparent()


def _new_traceparent() -> str:
    """Unique, not secret (W3C Trace Context, section 3.2.2.3), so that no system call is needed."""
    # Neither part may be zero.
    digits = f"{random.getrandbits(192) | 1 << 64 | 1:048x}"
    return f"00-{digits[:32]}-{digits[32:]}-00"


def answer_with(scope: Scope, *headers: tuple[bytes, bytes]) -> None:
    """Headers (lower case) that the answer to a request shall have, whatever it is; the edge adds them."""
    scope.setdefault(_ANSWER, []).extend(headers)


def answered_with(scope: Scope) -> list[tuple[bytes, bytes]]:
    """What ``answer_with`` was given for this request."""
    given: list[tuple[bytes, bytes]] = scope.get(_ANSWER, [])
    return given


def request_id_of(scope: Scope) -> str:
    """The id of a request that came through the edge."""
    context: RequestContext = scope[_KEY]
    return context.request_id


def context_of(request: Request) -> RequestContext:
    """The context of a request that came through the edge."""
    context: RequestContext = request.scope[_KEY]
    return context
