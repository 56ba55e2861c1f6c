"""A lean HTTP/1.1 client on httptools, so that the load costs little of the machine that it measures."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote

from httptools import HttpResponseParser

__all__ = ["Connection", "encoded", "in_query"]


def encoded(body: Mapping[str, Any]) -> bytes:
    """The body as it goes over the wire; for whoever makes bodies before the time is taken."""
    return json.dumps(body, separators=(",", ":")).encode()


def in_query(when: datetime) -> str:
    """The instant as a query's parameter takes it: the plus of its offset is quoted."""
    return quote(when.isoformat())


class Connection:
    """One kept-alive connection; one request at a time."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._address = (host, port)
        self._head = (
            f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        )
        self._wire: _Wire | None = None

    async def open(self) -> None:
        """Connects now, so that the first request's time doesn't include it."""
        loop = asyncio.get_running_loop()
        _, self._wire = await loop.create_connection(_Wire, *self._address)

    async def request(
        self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, headers: str = ""
    ) -> tuple[int, bytes]:
        """Status and body. ``headers``: further lines, each ended by CR LF.

        Raises ConnectionError when the server hangs up before the answer is whole.
        """
        if self._wire is None or self._wire.closed:
            await self.open()
        assert self._wire is not None
        content = b"" if body is None else body if isinstance(body, bytes) else encoded(body)
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{headers}Content-Length: {len(content)}\r\n\r\n"
        return await self._wire.ask(head.encode() + content)

    async def close(self) -> None:
        """Hangs up."""
        if self._wire is not None:
            await self._wire.hang_up()


class _Wire(asyncio.Protocol):
    """Collects one response after the other; the ``on_`` names are httptools' callbacks."""

    def __init__(self) -> None:
        self.closed = False
        self._gone = asyncio.get_running_loop().create_future()
        self._parser = HttpResponseParser(self)
        self._body = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._body = b""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    async def hang_up(self) -> None:
        self._transport.close()
        await self._gone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not asserted: uvloop's transports have the methods of asyncio's, not its classes.
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self.closed = True
        self._gone.set_result(None)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server closed the connection"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((self._parser.get_status_code(), self._body))
