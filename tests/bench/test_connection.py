"""The lean client against a server that answers as servers do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import uvloop

from bench.connection import Connection


@asynccontextmanager
async def answering(parts: Sequence[bytes]) -> AsyncIterator[int]:
    """A server that reads a request and sends these parts, apart from each other; b"": it hangs up."""

    served: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        while await reader.read(65536):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.01)
            if b"" in parts:
                break
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*(task for task in served if task is not None))


async def in_pieces() -> None:
    parts = [b"HTTP/1.1 201 Created\r\nConte", b'nt-Length: 8\r\n\r\n{"a"', b": 1}"]
    async with answering(parts) as port:
        connection = Connection("127.0.0.1", port, "token")
        assert await connection.request("POST", "/", {"b": 2}) == (201, b'{"a": 1}')
        assert await connection.request("POST", "/", {"b": 2}) == (201, b'{"a": 1}')
        await connection.close()


async def test_answers_that_come_in_pieces_one_after_the_other() -> None:
    await in_pieces()


def test_on_the_loop_that_the_benches_run_on() -> None:
    uvloop.run(in_pieces())


async def test_a_server_that_hangs_up_is_an_error_and_is_called_again() -> None:
    async with answering([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b""]) as port:
        connection = Connection("127.0.0.1", port, "token")
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await connection.request("GET", "/")
        await connection.close()
