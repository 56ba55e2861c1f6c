"""The short way to a route: the same signature, checks and answers, without FastAPI's general solver.

A route that asks for nothing but its guard, a checked body and parts of the path, and that makes its own
``Response``, needs no dependency tree solved at each request. It stays a FastAPI route, in the same document
and with the same errors; only what is run is shorter.
"""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any, get_type_hints

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response

from backbone.web.bodies import JsonBody
from backbone.web.calling import Allow, Public
from backbone.web.refusing import invalid

__all__ = ["shorten"]

_Step = tuple[str | None, Callable[[Request], Awaitable[Any]]]


def shorten(route: APIRoute) -> bool:
    """Takes the short way where the route allows it; whether it does."""
    dependant = route.dependant
    if not _is_plain(dependant) or not _answers_itself(route.endpoint):
        return False
    steps = [_step(dependency) for dependency in dependant.dependencies]
    if None in steps:
        return False
    route.app = request_response(_handler(route.endpoint, dependant, [step for step in steps if step]))
    return True


def _is_plain(dependant: Dependant) -> bool:
    return not (
        dependant.query_params
        or dependant.header_params
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
        case Public():
            return None, _nothing
        case _:
            return None


async def _nothing(_: Request) -> None:
    return None


def _handler(
    endpoint: Callable[..., Awaitable[Response]], dependant: Dependant, steps: list[_Step]
) -> Callable[[Request], Awaitable[Response]]:
    fields = [(field.name, field.alias, field) for field in dependant.path_params]

    async def handle(request: Request) -> Response:
        values: dict[str, Any] = {}
        for name, step in steps:
            value = await step(request)
            if name is not None:
                values[name] = value
        for name, alias, field in fields:
            values[name], errors = field.validate(request.path_params[alias], values, loc=("path", alias))
            if errors:
                raise invalid(errors)
        return await endpoint(**values)

    return handle
