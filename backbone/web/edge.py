"""The outermost layer around every route: names the request, bounds its body, and lets no exception out."""

import logging
from time import perf_counter
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backbone.telemetry.places import places_of
from backbone.web.context import SPAN, RequestContext, answered_with, read_context
from backbone.web.headers import headers_of
from backbone.web.metrics import HttpMetrics
from backbone.web.problems import Problem, problem_response

if TYPE_CHECKING:
    from backbone.telemetry.traces import Begun, Tracing

__all__ = ["ALWAYS", "MAX_BODY_BYTES", "Edge"]

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 1_048_576

_CLOSE: Final = {"Connection": "close"}
"""The rest of a body that is too large is not read: its connection can't be used again."""

ALWAYS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Edge:
    """Plain ASGI. It stands inside Starlette's own error layer, which would log messages of exceptions: those
    may hold patient data (a PostgreSQL detail, a rejected value)."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: HttpMetrics,
        max_body: int = MAX_BODY_BYTES,
        tracing: "Tracing | None" = None,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._max_body = max_body
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, read_context(scope, self._tracing), scope)
        began = perf_counter()
        try:
            if _announced_length(scope) > self._max_body:
                await answer.refuse(scope, receive, Problem("too-large", headers=_CLOSE))
            elif b"%00" in scope["query_string"] or "\0" in scope["path"]:
                await answer.refuse(scope, receive, Problem("malformed", "An address can't hold a NUL."))
            else:
                await self._app(scope, _Bounded(receive, self._max_body), answer)
        except ClientDisconnect:
            pass  # nobody is there to be answered
        except Exception as error:
            _log_without_contents(error, answer.context)
            await answer.refuse(scope, receive, Problem("internal"))
        finally:
            method, route = scope["method"], getattr(scope.get("route"), "path", None) or "none"
            self._metrics.count(method, route, answer.status, perf_counter() - began)
            span: Begun | None = None if self._tracing is None else scope.get(SPAN)
            if span is not None:
                span.answered(method, route, answer.status)


class _Bounded:
    """Hands on the body until it is too large."""

    __slots__ = ("_left", "_receive")

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413, headers=_CLOSE)
        return message


class _Answer:
    """Adds the headers that every answer has, and knows whether it has begun."""

    __slots__ = ("_scope", "_send", "context", "status")

    def __init__(self, send: Send, context: RequestContext, scope: Scope) -> None:
        self._send = send
        self._scope = scope
        self.context = context
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.setdefault("headers", [])
            given = dict(headers)
            headers.extend([header for header in answered_with(self._scope) if header[0] not in given])
            headers.extend([header for header in ALWAYS if header[0] not in given])
            headers.append((b"x-request-id", self.context.request_id.encode()))
            headers.append((b"traceparent", self.context.traceparent.encode()))
        await self._send(message)

    async def refuse(self, scope: Scope, receive: Receive, problem: Problem) -> None:
        if self.status:
            # The server then breaks the connection, so that nobody takes half an answer for a whole one.
            raise RuntimeError("the answer had begun")
        await problem_response(problem, self.context.request_id)(scope, receive, self)


def _announced_length(scope: Scope) -> int:
    value = headers_of(scope).get(b"content-length", b"0")
    return int(value) if value.isdigit() and len(value) < 16 else 0


def _log_without_contents(error: BaseException, context: RequestContext) -> None:
    """Type and place of an error and of what caused it; never its message or values."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < 5:
        where = " < ".join(reversed(places_of(cause)))
        told.append(f"{type(cause).__module__}.{type(cause).__qualname__} at {where}")
        cause = cause.__cause__ or cause.__context__
    log.error("unexpected error in request %s: %s", context.request_id, " | from ".join(told))
