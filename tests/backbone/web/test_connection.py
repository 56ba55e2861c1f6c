"""Whatever comes down a connection: a problem that can be read, in time, and nothing stopped."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from pydantic_core import from_json

from backbone.web import connection
from backbone.web.connection import Bounded
from tests.backbone.web.conftest import TokenMaker
from tests.support.waiting import eventually

GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"


class Impatient(Bounded):
    head_seconds: ClassVar[float] = 1.0
    body_seconds: ClassVar[float] = 1.0


@dataclass(frozen=True)
class Server:
    port: int
    running: uvicorn.Server

    async def say(self, *parts: bytes) -> list[tuple[int, dict[str, str], Any]]:
        """What is answered until the server ends the connection, or 0.5 s after its last word."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for part in parts:
            writer.write(part)
            await writer.drain()
        answers: list[tuple[int, dict[str, str], Any]] = []
        try:
            while head := await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 0.5 if answers else 5):
                first, *lines = head.decode().split("\r\n")[:-2]
                headers = dict(line.lower().split(": ", 1) for line in lines)
                body = await reader.readexactly(int(headers["content-length"]))
                answers.append((int(first.split(" ")[1]), headers, from_json(body)))
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            pass
        await hang_up(writer)
        return answers


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@pytest_asyncio.fixture
async def server(app: FastAPI) -> AsyncIterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = uvicorn.Server(
            uvicorn.Config(app, http=Impatient, ws="none", lifespan="off", log_config=None)
        )
        serving = asyncio.create_task(running._serve([listening]))
        await eventually(lambda: running.started)
        yield Server(listening.getsockname()[1], running)
        running.should_exit = True
        await serving


@pytest.mark.parametrize(
    ("sent", "status", "kind"),
    [
        (b"nonsense\r\n\r\n", 400, "malformed"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed"),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed"),
        (GET + b"Bad Header: x\r\n\r\n", 400, "malformed"),
        (GET + b" folded: x\r\n\r\n", 400, "malformed"),
        (GET + b"X: a\0b\r\n\r\n", 400, "malformed"),
        (GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed"),
        (GET + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400, "malformed"),
        (GET + b"Content-Length: -1\r\n\r\n", 400, "malformed"),
        (GET + b"Content-Length: +5\r\n\r\nhello", 400, "malformed"),
        (GET + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400, "malformed"),
        (b"GET /" + b"a" * connection.MAX_URL_BYTES + b" HTTP/1.1\r\n\r\n", 414, "uri-too-long"),
        (b"GET /" + b"a" * 200_000, 414, "uri-too-long"),
        (GET + b"X: " + b"a" * connection.MAX_HEAD_BYTES + b"\r\n\r\n", 431, "head-too-large"),
        (GET + b"X: " + b"a" * 200_000, 431, "head-too-large"),
        (GET + b"X: a\r\n" * connection.MAX_HEADERS + b"\r\n", 431, "head-too-large"),
        (GET[:-2], 408, "too-slow"),
        (b"", 408, "too-slow"),
    ],
)
async def test_what_is_no_request_is_refused_as_a_problem(
    server: Server, sent: bytes, status: int, kind: str
) -> None:
    ((code, headers, body),) = await server.say(sent)
    assert (code, body["type"], body["status"]) == (status, f"/problems/{kind}", status)
    assert headers["content-type"] == "application/problem+json"
    assert (headers["connection"], headers["x-request-id"]) == ("close", body["request_id"])
    ((code, _, body),) = await server.say(GET + b"\r\n")
    assert (code, body) == (200, {"status": "live"})


async def test_a_body_that_does_not_come_is_not_waited_for(server: Server, bearer: TokenMaker) -> None:
    token = bearer()["Authorization"].encode()
    head = b"POST /v1/bookings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += b"Authorization: " + token + b"\r\n"
    ((code, _, _),) = await server.say(head + b"Content-Length: 5\r\n\r\n", b"{")
    assert code == 408
    ((code, _, _),) = await server.say(head + b"Transfer-Encoding: chunked\r\n\r\n", b"zzz\r\n")
    assert code == 400
    await eventually(lambda: not running_requests(server))


def running_requests(server: Server) -> int:
    return len(server.running.server_state.tasks)


async def test_a_byte_at_a_time_is_too_slow_in_all(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    began = asyncio.get_running_loop().time()
    for byte in GET + b"X: " + b"a" * 400:
        writer.write(bytes((byte,)))
        await asyncio.sleep(0.01)
        if reader.at_eof() or server.running.server_state.connections == set():
            break
    assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    assert asyncio.get_running_loop().time() - began < 3
    await hang_up(writer)


async def test_several_requests_in_one_go_are_answered_in_order(server: Server) -> None:
    answers = await server.say((GET + b"\r\n") * 5)
    assert [code for code, _, _ in answers] == [200] * 5
    answers = await server.say((GET + b"\r\n") * 2 + b"nonsense\r\n\r\n")
    assert [code for code, _, _ in answers[:2]] == [200, 200]


async def test_idle_connections_are_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_CONNECTIONS", 3)
    idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
    await eventually(lambda: len(server.running.server_state.connections) == 3)
    ((code, headers, body),) = await server.say()
    assert (code, body["type"], headers["retry-after"]) == (503, "/problems/overloaded", "1")
    for _, writer in idle:
        await hang_up(writer)


async def test_who_has_long_been_silent_makes_room(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_CONNECTIONS", 2)
    lines = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
    for reader, writer in lines:
        writer.write(GET + b"\r\n")
        assert await reader.readuntil(b"}")
    ((code, _, body),) = await server.say()
    assert (code, body["type"]) == (503, "/problems/overloaded")  # they were silent for a moment only
    monkeypatch.setattr(connection, "SILENT_SECONDS", 0.0)
    await eventually(lambda: len(server.running.server_state.connections) == 2)
    ((code, _, body),) = await server.say(GET + b"\r\n")
    assert (code, body) == (200, {"status": "live"})
    assert await lines[0][0].read() == b""
    for _, writer in lines:
        await hang_up(writer)
