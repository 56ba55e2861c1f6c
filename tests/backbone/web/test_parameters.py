"""The query of an address is read as the standard library and FastAPI read it."""

from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.responses import Response

from backbone.web.parameters import QueryFields, query_of

ID = "01890000-0000-7000-8000-000000000001"


class _Model(BaseModel):
    name: str = ""


@given(st.text(alphabet="ab=&+%20Ff;é", max_size=30))
def test_as_the_standard_library_reads_it(query: str) -> None:
    raw = query.encode("latin-1")
    found = query_of({"query_string": raw})
    expected: dict[str, list[str]] = {}
    for name, value in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
        expected.setdefault(name, []).append(value)
    assert found == expected


def fields() -> QueryFields:
    routes = APIRouter()

    @routes.get("/")
    async def route(
        needed: UUID,
        several: Annotated[list[int], Query(max_length=2)] = [],  # noqa: B006 - a query's default
        starts: Annotated[str, Query(alias="from")] = "now",
    ) -> Response:
        return Response()

    (only,) = routes.routes
    assert isinstance(only, APIRoute)
    assert all(map(QueryFields.understands, only.dependant.query_params))
    return QueryFields(only.dependant.query_params)


def read(query: str) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    values: dict[str, Any] = {}
    errors = fields().read({"query_string": query.encode()}, values)
    return values, [(error["type"], error["loc"]) for error in errors]


def test_values_defaults_and_the_last_of_what_is_repeated() -> None:
    values, errors = read(f"needed={ID}&several=1&several=2&from=a&from=b")
    assert (values, errors) == ({"needed": UUID(ID), "several": [1, 2], "starts": "b"}, [])
    values, errors = read(f"needed={ID}")
    assert (values, errors) == ({"needed": UUID(ID), "several": [], "starts": "now"}, [])


def test_all_that_is_wrong_is_told() -> None:
    _, errors = read("several=1&several=x")
    assert errors == [("missing", ("query", "needed")), ("int_parsing", ("query", "several", 1))]
    assert read(f"needed={ID}&several=1&several=2&several=3")[1] == [("too_long", ("query", "several"))]


@pytest.mark.parametrize("annotation", [list[int] | None, set[int], _Model])
def test_what_needs_more_than_a_value_is_left_to_fastapi(annotation: Any) -> None:
    routes = APIRouter()

    async def route(value: Any) -> Response:
        return Response()

    route.__annotations__["value"] = Annotated[annotation, Query()]
    routes.add_api_route("/", route)
    (only,) = routes.routes
    assert isinstance(only, APIRoute)
    assert not all(map(QueryFields.understands, only.dependant.query_params))
