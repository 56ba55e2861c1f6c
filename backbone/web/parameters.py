"""What an address says after the question mark: found in one pass, known to its route, and checked.

A query says nothing that its route doesn't know: a misspelt filter, passed over, would find too much.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, Union, get_args, get_origin
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import Scope

from backbone.web.refusing import invalid

__all__ = ["QueryFields", "query_of", "require_known_parameters"]

_KEY: Final = "almanac.query"
_PLAIN: Final = (str, int, float, bool, UUID, datetime, date, NoneType)


def query_of(scope: Scope) -> Mapping[str, Sequence[str]]:
    """By name, the values in their order, as ``urllib.parse.parse_qsl`` reads them; empty ones too."""
    query: dict[str, list[str]] | None = scope.get(_KEY)
    if query is None:
        query = {}
        for pair in scope["query_string"].decode("latin-1").split("&"):
            if pair:
                name, _, value = pair.partition("=")
                if "%" in pair or "+" in pair:
                    name, value = unquote_plus(name), unquote_plus(value)
                query.setdefault(name, []).append(value)
        scope[_KEY] = query
    return query


def require_known_parameters(request: Request) -> None:
    """``Problem`` 422 where the address has a parameter that its route does not take."""
    if not request.scope["query_string"]:
        return
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    if unknown := query_of(request.scope).keys() - set(_names(route.dependant)):
        raise invalid([{"type": "extra_forbidden", "loc": ("query", name)} for name in sorted(unknown)])


def _names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for needed in dependant.dependencies:
        yield from _names(needed)


class _Field(NamedTuple):
    name: str
    alias: str
    several: bool
    required: bool
    field: Any


class QueryFields:
    """A route's parameters, read and validated as FastAPI does it, without looking at their types anew."""

    def __init__(self, fields: Iterable[Any]) -> None:
        """``fields``: FastAPI's, of a dependant for which ``understands`` holds."""
        self._fields = [_Field(f.name, f.alias, _is_list(f), f.field_info.is_required(), f) for f in fields]

    @staticmethod
    def understands(field: Any) -> bool:
        """Whether it is one plain value or a list of them, under one name; not a model, for example."""
        info = field.field_info
        plain = _is_plain(get_args(info.annotation)[0] if _is_list(field) else info.annotation)
        return plain and field.validation_alias in (None, field.alias) and not info.validate_default

    def read(self, scope: Scope, values: dict[str, Any]) -> list[Any]:
        """Adds what the query says to ``values``; returns what is wrong with it."""
        query = query_of(scope)
        errors: list[Any] = []
        for name, alias, several, required, field in self._fields:
            given = query.get(alias)
            if given is None:
                if required:
                    errors.append({"type": "missing", "loc": ("query", alias), "msg": "Field required"})
                else:
                    values[name] = deepcopy(field.default)
                continue
            values[name], wrong = field.validate(given if several else given[-1], loc=("query", alias))
            errors += wrong
        return errors


def _is_list(field: Any) -> bool:
    return get_origin(field.field_info.annotation) is list


def _is_plain(annotation: Any) -> bool:
    match get_origin(annotation):
        case None:
            return annotation in _PLAIN
        case origin if origin in (Union, UnionType):
            return all(map(_is_plain, get_args(annotation)))
        case origin:
            return origin is Literal
