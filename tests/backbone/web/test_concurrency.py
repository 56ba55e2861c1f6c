"""A full house turns newcomers away at once; who is inside, who writes and who watches does not notice."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from backbone.web.concurrency import ConcurrencyLimit
from backbone.web.context import read_context
from tests.support.waiting import eventually


@pytest.mark.parametrize(("full", "free"), [("GET", "POST"), ("POST", "GET")])
async def test_who_comes_when_it_is_full_is_told_at_once(full: str, free: str) -> None:
    inside = 0
    leave = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal inside
        if scope["method"] == full and scope["path"] == "/v1/slow":
            inside += 1
            await leave.wait()
        await PlainTextResponse("done")(scope, receive, send)

    limited = ConcurrencyLimit(app, most=2)

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        read_context(scope)
        await limited(scope, receive, send)

    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://almanac") as http:
        waiting = [asyncio.create_task(http.request(full, "/v1/slow")) for _ in range(2)]
        await eventually(_reached(lambda: inside, 2))
        refused = await http.request(full, "/v1/slow")
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/overloaded")
        assert refused.headers["retry-after"] == "1"
        assert (await http.request(free, "/v1/slow")).status_code == 200
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert (await http.get(path)).status_code == 200
        leave.set()
        assert [(await each).status_code for each in waiting] == [200, 200]
        assert (await http.request(full, "/v1/slow")).status_code == 200


def _reached(count: Callable[[], int], wanted: int) -> Callable[[], bool]:
    return lambda: count() == wanted
