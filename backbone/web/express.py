"""The short way to a route: the same signature, checks and answers, without FastAPI's general solver.

A route that asks for nothing but its guard, a checked body and parts of its address, and that makes its own
``Response``, needs no dependency tree solved at each request. It stays a FastAPI route, in the same document
and with the same errors; only what is run is shorter. Where its path has no parts, ``Express`` finds it in a
table, too, instead of trying one route after the other.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, get_type_hints

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from backbone.web.bodies import JsonBody
from backbone.web.calling import Allow, Public
from backbone.web.parameters import QueryFields
from backbone.web.refusing import invalid

__all__ = ["Express", "Short", "shorten"]

_Step = tuple[str | None, Callable[[Request], Awaitable[Any]]]
_Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Short:
    """A route that is found by its path alone, and what answers it."""

    route: APIRoute
    answer: _Answer


class _Request(Request):
    """Reads a body, nearly always one message, without the general stream of it."""

    async def body(self) -> bytes:
        known: bytes | None = getattr(self, "_body", None)
        if known is not None:
            return known
        parts: list[bytes] = []
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        self._body = parts[0] if len(parts) == 1 else b"".join(parts)
        return self._body


class Express:
    """Plain ASGI: answers short routes itself and hands everything else on.

    ``failures``: what answers an exception, by its class; whatever none of them fits goes on to the edge.
    """

    def __init__(self, routes: Sequence[BaseRoute], failures: Mapping[Any, Any], general: ASGIApp) -> None:
        short = [short for route in routes if isinstance(route, APIRoute) and (short := shorten(route))]
        self._short = {(method, s.route.path): s for s in short for method in s.route.methods or ()}
        self._failures = failures
        self._general = general

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        short = self._short.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if short is None:
            await self._general(scope, receive, send)
            return
        scope["route"] = short.route
        request = _Request(scope, receive, send)
        try:
            response = await short.answer(request)
        except Exception as error:
            response = await self._failed(request, error)
        await response(scope, receive, send)

    async def _failed(self, request: Request, error: Exception) -> Response:
        for kind in type(error).__mro__:
            if (handle := self._failures.get(kind)) is not None:
                response: Response = await handle(request, error)
                return response
        raise error


def shorten(route: APIRoute) -> Short | None:
    """Gives the route the short way, where it allows that. Returns it where the path has no parts, so that it
    can be looked up in a table; else None."""
    dependant = route.dependant
    if not _is_plain(dependant) or not _answers_itself(route.endpoint):
        return None
    steps = [_step(dependency) for dependency in dependant.dependencies]
    if None in steps:
        return None
    answer = _handler(route.endpoint, dependant, [step for step in steps if step])
    route.app = request_response(answer)
    return None if dependant.path_params else Short(route, answer)


def _is_plain(dependant: Dependant) -> bool:
    return all(map(QueryFields.understands, dependant.query_params)) and not (
        dependant.header_params
        or dependant.cookie_params
        or dependant.body_params
        or dependant.request_param_name
        or dependant.websocket_param_name
        or dependant.http_connection_param_name
        or dependant.response_param_name
        or dependant.background_tasks_param_name
        or dependant.security_scopes_param_name
    )


def _answers_itself(endpoint: Callable[..., Any]) -> bool:
    returned = get_type_hints(endpoint).get("return")
    return iscoroutinefunction(endpoint) and isinstance(returned, type) and issubclass(returned, Response)


def _step(dependency: Dependant) -> _Step | None:
    match dependency.call:
        case Allow() | JsonBody() as call:
            return dependency.name, call
        case Public() as call:
            return None, call
        case _:
            return None


def _handler(
    endpoint: Callable[..., Awaitable[Response]], dependant: Dependant, steps: list[_Step]
) -> _Answer:
    parts = [(field.name, field.alias, field) for field in dependant.path_params]
    query = QueryFields(dependant.query_params) if dependant.query_params else None

    async def handle(request: Request) -> Response:
        values: dict[str, Any] = {}
        for name, step in steps:
            value = await step(request)
            if name is not None:
                values[name] = value
        errors: list[Any] = []
        for name, alias, field in parts:
            values[name], wrong = field.validate(request.path_params[alias], values, loc=("path", alias))
            errors += wrong
        if query is not None:
            errors += query.read(request.scope, values)
        if errors:
            raise invalid(errors)
        return await endpoint(**values)

    return handle
