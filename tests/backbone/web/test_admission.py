"""A full house refuses newcomers at once; who is inside, wants something else or watches is served."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, get_args

import httpx
import pytest
import pytest_asyncio
import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from backbone.web.admission import Admission, Kind
from backbone.web.admission_queue import AdmissionQueue
from cli.web_server import config_of
from tests.support.waiting import eventually

WAITING = 1
REQUEST = b"POST /v1/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"


@dataclass
class House:
    """One place for each kind of request, and one more waiting."""

    port: int = 0
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    running: uvicorn.Server | None = None
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun.append(scope["method"] + scope["path"])
        if scope["path"] == "/v1/slow":
            await self.leave.wait()
        await PlainTextResponse("done")(scope, receive, send)

    @asynccontextmanager
    async def full(self, http: httpx.AsyncClient, method: str, path: str) -> AsyncIterator[list[Any]]:
        """One at work and one waiting."""
        inside = [asyncio.create_task(http.request(method, path))]
        await eventually(lambda: len(self.begun) == 1)
        inside += [asyncio.create_task(http.request(method, path)) for _ in range(WAITING)]
        assert self.running is not None
        state = self.running.server_state
        await eventually(
            lambda: sum(bool(c.cycle and not c.cycle.response_complete) for c in _of(state)) == 2
        )
        yield inside
        self.leave.set()
        assert [(await each).status_code for each in inside] == [200, 200]


def _of(state: Any) -> Sequence[Any]:
    return list(state.connections)


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    kinds: tuple[Kind, ...] = get_args(Kind)
    admission = Admission(house.registry, {kind: AdmissionQueue(1, WAITING, WAITING, 60.0) for kind in kinds})
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        house.port = listening.getsockname()[1]
        house.running = uvicorn.Server(config_of(house, {}, admission))
        serving = asyncio.create_task(house.running._serve([listening]))
        await eventually(lambda: house.running is not None and house.running.started)
        yield house
        house.leave.set()
        house.running.should_exit = True
        await serving


@pytest_asyncio.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    url = f"http://127.0.0.1:{house.port}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as http:
        yield http


@pytest.mark.parametrize(
    ("method", "path", "others"),
    [
        ("GET", "/v1/slow", [("POST", "/v1/a"), ("GET", "/v1/a?at_least=1")]),
        ("POST", "/v1/slow", [("GET", "/v1/a"), ("GET", "/v1/a?at_least=1")]),
        ("GET", "/v1/slow?at_least=1", [("GET", "/v1/a"), ("POST", "/v1/a")]),
    ],
)
async def test_who_comes_when_it_is_full_is_told_at_once(
    house: House, http: httpx.AsyncClient, method: str, path: str, others: list[tuple[str, str]]
) -> None:
    async with house.full(http, method, path):
        named = {"X-Request-Id": "mine", "traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"}
        refused = await http.request(method, path, headers=named)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/overloaded")
        assert (refused.headers["x-request-id"], refused.json()["request_id"]) == ("mine", "mine")
        assert refused.headers["traceparent"] == named["traceparent"]
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["cache-control"] == "no-store"
        for other, elsewhere in [*others, *(("GET", each) for each in ("/health/live", "/health/ready"))]:
            assert (await http.request(other, elsewhere)).status_code == 200
        assert (await http.get("/metrics")).status_code == 200
    assert (await http.request(method, path)).status_code == 200
    kind = "at-least" if "at_least" in path else "reads" if method == "GET" else "writes"
    counted = f'almanac_http_not_admitted_total{{kind="{kind}"}} 1.0'
    assert counted in generate_latest(house.registry).decode()


async def test_head_is_refused_without_content(house: House, http: httpx.AsyncClient) -> None:
    async with house.full(http, "GET", "/v1/slow"):
        refused = await http.head("/v1/slow")
        assert (refused.status_code, refused.content) == (503, b"")
        assert int(refused.headers["content-length"]) > 0


async def test_a_connection_goes_on_after_a_refusal_whose_body_came_late(
    house: House, http: httpx.AsyncClient
) -> None:
    async with house.full(http, "POST", "/v1/slow"):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        for _ in range(2):
            writer.write(REQUEST + b"\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 ")
            await reader.readuntil(b"}")
            writer.write(b"body")
        writer.write(REQUEST + b"Connection: close\r\n\r\nbody")
        assert b"connection: close" in await reader.read()
        writer.close()
        await writer.wait_closed()


async def test_requests_in_one_go_are_all_refused(house: House, http: httpx.AsyncClient) -> None:
    async with house.full(http, "POST", "/v1/slow"):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write((REQUEST + b"\r\nbody") * 2_000 + REQUEST + b"Connection: close\r\n\r\nbody")
        assert (await reader.read()).count(b"HTTP/1.1 503 ") == 2_001
        writer.close()
        await writer.wait_closed()


async def test_who_hangs_up_while_waiting_is_not_worked_on(house: House, http: httpx.AsyncClient) -> None:
    assert house.running is not None
    connections = house.running.server_state.connections
    first = asyncio.create_task(http.post("/v1/slow"))
    await eventually(lambda: len(house.begun) == 1)
    _, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(b"POST /v1/impatient HTTP/1.1\r\nHost: x\r\n\r\n")
    await eventually(lambda: len(connections) == 2)
    writer.close()
    await writer.wait_closed()
    await eventually(lambda: len(connections) == 1)
    house.leave.set()
    assert (await first).status_code == 200
    assert (await http.post("/v1/next")).status_code == 200
    assert house.begun == ["POST/v1/slow", "POST/v1/next"]
