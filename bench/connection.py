"""A lean HTTP/1.1 client on httptools, so that the load costs little of the machine that it measures."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from httptools import HttpResponseParser

__all__ = ["Connection"]


class Connection:
    """One kept-alive connection; one request at a time."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._address = (host, port)
        self._head = (
            f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        )
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: str = ""
    ) -> tuple[int, bytes]:
        """Status and body. ``headers``: further lines, each ended by CR LF."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address)
        assert self._reader is not None
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{headers}Content-Length: {len(content)}\r\n\r\n"
        self._writer.write(head.encode() + content)
        answer = _Answer()
        while not answer.complete:
            data = await self._reader.read(65536)
            if not data:
                raise ConnectionError("the server closed the connection")
            answer.feed(data)
        return answer.status, bytes(answer.body)

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            await self._writer.wait_closed()


class _Answer:
    """Collects one response; the names are httptools' callbacks."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.complete = False
        self.status = 0
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True
