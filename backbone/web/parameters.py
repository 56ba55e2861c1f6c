"""A query says nothing that its route doesn't know: a misspelt filter, passed over, would find too much."""

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request

from backbone.web.refusing import invalid

__all__ = ["require_known_parameters"]


def require_known_parameters(request: Request) -> None:
    """``Problem`` 422 where the address has a parameter that its route does not take."""
    if not request.scope["query_string"]:
        return
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    if unknown := request.query_params.keys() - set(_names(route.dependant)):
        raise invalid([{"type": "extra_forbidden", "loc": ("query", name)} for name in sorted(unknown)])


def _names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for needed in dependant.dependencies:
        yield from _names(needed)
