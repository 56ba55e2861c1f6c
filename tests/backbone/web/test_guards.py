"""Deny by default: no route without its roles, no role beyond its purposes, no patient beyond their own."""

from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from backbone.web.app import create_app
from backbone.web.bodies import Body, Posted
from backbone.web.calling import Allow, Call, Gate, allow
from backbone.web.routes import UnguardedRouteError, unguarded
from tests.backbone.web.conftest import TokenMaker


def test_every_route_of_the_house_is_guarded(app: FastAPI) -> None:
    assert unguarded(app.routes) == []


class _Sent(Body):
    a: int


async def _bare() -> None:
    return None


def _open_router() -> APIRouter:
    router = APIRouter()

    @router.get("/open")
    async def endpoint() -> None: ...

    return router


def _late_router() -> APIRouter:
    router = APIRouter()

    @router.post("/late")
    async def endpoint(body: Posted[_Sent], call: Annotated[Call, allow("ops")]) -> None: ...

    return router


def _other_dependency_router() -> APIRouter:
    router = APIRouter(dependencies=[Depends(_bare)])

    @router.get("/other")
    async def endpoint() -> None: ...

    return router


def _nested_router() -> APIRouter:
    router = APIRouter()
    router.include_router(_open_router(), prefix="/nested")
    return router


def _starlette_router() -> APIRouter:
    async def endpoint(request: Request) -> Response:
        return Response()

    router = APIRouter()
    router.routes.append(Route("/raw", endpoint))
    return router


def _mounting_router() -> APIRouter:
    router = APIRouter()
    router.routes.append(Mount("/mounted", app=FastAPI()))
    return router


@pytest.mark.parametrize(
    "router",
    [
        _open_router(),
        _late_router(),
        _other_dependency_router(),
        _nested_router(),
        _starlette_router(),
        _mounting_router(),
    ],
)
def test_an_application_with_an_unguarded_route_does_not_start(router: APIRouter, gate: Gate) -> None:
    with pytest.raises(UnguardedRouteError):
        create_app([router], gate, registry=CollectorRegistry())


@pytest.fixture
def gate(app: FastAPI) -> Gate:
    made: Gate = app.state.gate
    return made


async def test_a_nested_guarded_router_works(app: FastAPI, gate: Gate, bearer: TokenMaker) -> None:
    inner, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/v2")

    @inner.get("/{thing}")
    async def endpoint(call: Annotated[Call, allow("ops")], thing: str) -> dict[str, str]:
        return {"thing": thing}

    outer.include_router(inner)
    nested = create_app([outer], gate, registry=CollectorRegistry())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(nested), base_url="http://a") as http:
        assert (await http.get("/v2/inner/x", headers=bearer("ops"))).json() == {"thing": "x"}
        assert (await http.get("/v2/inner/x", headers=bearer("coder"))).status_code == 403


async def test_a_raw_route_carries_its_guard(gate: Gate, bearer: TokenMaker) -> None:
    guard = Allow("ops")

    async def endpoint(request: Request) -> Response:
        call = await guard(request)
        return Response(call.caller.purpose)

    endpoint.guard = guard  # type: ignore[attr-defined] # a function has the attributes that one gives it
    router = APIRouter()
    router.routes.append(Route("/raw", endpoint))
    raw = create_app([router], gate, registry=CollectorRegistry())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(raw), base_url="http://a") as http:
        assert (await http.get("/raw", headers=bearer("ops"))).text == "HOPERAT"
        assert (await http.get("/raw")).json()["type"] == "/problems/unauthorized"


def test_a_guard_names_real_roles() -> None:
    with pytest.raises(ValueError, match="names"):
        Allow()
    with pytest.raises(ValueError, match="names"):
        Allow("admin")  # type: ignore[arg-type] # what a type checker would tell, too


async def test_without_a_token_nothing_is_read(http: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
        response = await http.post("/v1/bookings", content=b"{{{", headers=headers)
        assert (response.status_code, response.json()["type"]) == (401, "/problems/unauthorized")
        assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", ["clinician", "coder", "auditor", "ops", "system", "patient"])
async def test_a_role_that_is_not_named_is_refused(
    http: httpx.AsyncClient, bearer: TokenMaker, role: str
) -> None:
    response = await http.get("/v1/list", headers=bearer(role))
    assert (response.status_code, response.json()["type"]) == (403, "/problems/forbidden")


async def test_an_unknown_role_is_none(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    assert (await http.get("/v1/list", headers=bearer("superuser"))).status_code == 403


async def test_a_patient_with_another_role_is_a_patient_only(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    me = UUID(int=7)
    headers = bearer("patient", "scheduler", patient_ids=[me])
    assert (await http.get("/v1/list", headers=headers)).status_code == 403
    assert (await http.get("/v1/mine", headers=headers)).json() == {"patients": [str(me)]}


@pytest.mark.parametrize(
    ("roles", "asked", "purpose"),
    [
        (("scheduler",), None, "HOPERAT"),
        (("scheduler",), "TREAT", "TREAT"),
        (("scheduler",), "treat", "TREAT"),
        (("scheduler", "clinician"), None, "TREAT"),
        (("scheduler", "clinician"), "ETREAT", "ETREAT"),
        (("scheduler",), "ETREAT", None),
        (("scheduler",), "HRESCH", None),
        (("front-desk",), "HLEGAL", None),
    ],
)
async def test_a_purpose_is_one_of_the_roles(
    http: httpx.AsyncClient,
    bearer: TokenMaker,
    roles: tuple[str, ...],
    asked: str | None,
    purpose: str | None,
) -> None:
    headers = bearer(*roles) | ({"Purpose-Of-Use": asked} if asked else {})
    body = {"family_name": "Smith", "starts_at": "2031-03-04T09:00:00Z"}
    response = await http.post("/v1/bookings", json=body, headers=headers)
    if purpose is None:
        assert (response.status_code, response.json()["type"]) == (403, "/problems/forbidden")
    else:
        assert response.json()["purpose"] == purpose


async def test_a_purpose_that_does_not_exist_is_invalid(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    response = await http.get("/v1/list", headers=bearer() | {"Purpose-Of-Use": "CURIOSITY"})
    assert (response.status_code, response.json()["type"]) == (422, "/problems/invalid")
