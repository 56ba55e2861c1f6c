"""Health, metrics and the reference: open to all, without anything worth hiding."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from backbone.web.app import create_app
from backbone.web.docs import render
from tests.backbone.web.conftest import TokenMaker


async def test_live_and_the_reference_need_no_token(http: httpx.AsyncClient) -> None:
    for path in ("/", "/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"):
        assert (await http.get(path)).status_code == 200


async def test_the_root_says_where_to_go_on(http: httpx.AsyncClient) -> None:
    told = (await http.get("/")).json()
    assert told.pop("name") == "Almanac"
    for path in (told.pop("docs"), told.pop("openapi"), told.pop("ready")):
        assert (await http.get(path)).status_code == 200
    assert told.keys() == {"version"}


@pytest.mark.parametrize("path", ["/", "/health/live", "/docs", "/v1/list", "/v1/things/x", "/v1/nowhere"])
async def test_head_is_as_get_without_the_content(
    http: httpx.AsyncClient, bearer: TokenMaker, path: str
) -> None:
    request = bearer() | {"X-Request-Id": "mine-1"}
    get, head = await http.get(path, headers=request), await http.head(path, headers=request)
    assert head.status_code == get.status_code
    varying = {"ratelimit", "traceparent"}
    assert {*head.headers.items()} ^ {*get.headers.items()} <= {
        (name, answer.headers.get(name, "")) for name in varying for answer in (get, head)
    }
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(get.content)


async def test_head_where_no_get_is_is_told_so(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    answer = await http.head("/v1/bookings", headers=bearer())
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")


async def test_ready_names_what_is_not(app: FastAPI) -> None:
    async def good() -> None:
        return None

    async def bad() -> None:
        raise OSError("postgresql://user:secret@host")

    checks = {"kafka": good, "database": bad}
    unready = create_app([], app.state.gate, registry=CollectorRegistry(), checks=checks)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(unready), base_url="http://a") as http:
        response = await http.get("/health/ready")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json() == {"status": "not-ready", "checks": {"kafka": "ok", "database": "failed"}}


async def test_openapi_tells_bodies_roles_headers_and_problems(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    booking = document["paths"]["/v1/bookings"]["post"]
    assert booking["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Booking"
    }
    assert booking["responses"]["201"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Booked"
    }
    assert booking["x-roles"] == ["front-desk", "scheduler"]
    assert {item["name"] for item in booking["parameters"]} == {
        "Purpose-Of-Use",
        "Idempotency-Key",
        "If-Match",
    }
    assert "422" not in booking["responses"]
    assert document["components"]["schemas"]["Booking"]["properties"]["starts_at"]["format"] == "date-time"
    assert "/metrics" not in document["paths"]


async def test_the_reference_names_every_route_and_loads_nothing(http: httpx.AsyncClient) -> None:
    page = (await http.get("/docs")).text
    assert "/v1/bookings" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_names_in_descriptions_are_set_apart() -> None:
    described = {"get": {"description": "At most ``limit`` <b>."}}
    page = render({"info": {"title": "T", "version": "1"}, "paths": {"/v1/x": described}})
    assert "<p>At most <code>limit</code> &lt;b&gt;.</p>" in page


def test_no_module_here_reads_the_environment_at_import() -> None:
    for path in (Path(__file__).parents[3] / "backbone" / "web").glob("*.py"):
        assert "os.environ" not in path.read_text()
