"""One request header by name, from a table that is made once per request."""

from typing import Final

from starlette.requests import Request

__all__ = ["header_of"]

_TABLE: Final = "almanac.headers"


def header_of(request: Request, name: bytes) -> str | None:
    """The value of the first header called ``name`` (lower case), or None.

    Starlette's own mapping goes through all headers at each look, and every request takes six.
    """
    table: dict[bytes, bytes] | None = request.scope.get(_TABLE)
    if table is None:
        table = request.scope[_TABLE] = dict(reversed(request.scope["headers"]))
    value = table.get(name)
    return None if value is None else value.decode("latin-1")
