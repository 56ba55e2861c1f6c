"""Deny by default: an application with a route that names nobody who may call it does not start."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from backbone.web.calling import Allow, Public

__all__ = ["UnguardedRouteError", "methods_of", "require_guards", "roles_of", "unguarded"]


class UnguardedRouteError(Exception):
    """Names the routes that lack ``allow`` or ``public``, or have it after something that reads the
    request."""


def require_guards(routes: Sequence[BaseRoute]) -> None:
    """Raises ``UnguardedRouteError`` where a route is open to all by omission."""
    if open_routes := unguarded(routes):
        raise UnguardedRouteError("no allow(...) or public first: " + ", ".join(open_routes))


def unguarded(routes: Sequence[BaseRoute]) -> list[str]:
    """Paths of routes whose first dependency is neither ``allow`` nor ``public``.

    A route that is no FastAPI route (for speed) carries its guard as the attribute ``guard`` of its endpoint.
    """
    return [
        f"{path} ({', '.join(methods) or 'any'})" for path, methods, guard in _guards(routes) if guard is None
    ]


def roles_of(dependant: Dependant) -> list[str]:
    """The roles that may call a FastAPI route; empty where anybody may."""
    guard = _first(dependant)
    return sorted(guard.roles) if isinstance(guard, Allow) else []


def methods_of(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """The methods of all routes at an address (RFC 9110, 15.5.6); Starlette names the first one's only."""
    here = (route for route in routes if route.matches(scope)[0] is not Match.NONE)
    methods = {method for route in here for method in getattr(route, "methods", None) or ()}
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def _guards(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, list[str], Allow | Public | None]]:
    for route in iter_route_contexts(routes):
        dependant = getattr(route, "dependant", None)
        guard: Any = (
            _first(dependant)
            if isinstance(dependant, Dependant)
            else getattr(getattr(route, "endpoint", None), "guard", None)
        )
        yield (
            getattr(route, "path", None) or "a mount",
            sorted(getattr(route, "methods", None) or ()),
            guard if isinstance(guard, Allow | Public) else None,
        )


def _first(dependant: Dependant) -> Any:
    return dependant.dependencies[0].call if dependant.dependencies else None
