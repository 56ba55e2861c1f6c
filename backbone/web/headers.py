"""Request headers by name, from a table that is made once per request."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.types import Scope

__all__ = ["header_of", "headers_of"]

_TABLE: Final = "almanac.headers"


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """The first header of each name (lower case)."""
    table: dict[bytes, bytes] | None = scope.get(_TABLE)
    if table is None:
        table = scope[_TABLE] = dict(reversed(scope["headers"]))
    return table


def header_of(request: Request, name: bytes) -> str | None:
    """The value of the first header called ``name`` (lower case), or None.

    Starlette's own mapping goes through all headers at each look, and every request takes six.
    """
    value = headers_of(request.scope).get(name)
    return None if value is None else value.decode("latin-1")
