"""A way to PostgreSQL that breaks at the worst moment: around a COMMIT."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

__all__ = ["Way", "way_to"]

COMMIT = (b"COMMIT\0", b"COMMIT;\0")
"""As we write it, and as asyncpg ends a ``transaction()`` block."""


@dataclass(slots=True)
class Way:
    """``cut`` says, for each COMMIT that comes along, whether to break the connection at it."""

    url: str
    cut: Callable[[], bool]
    deliver: bool = True
    """Whether the server still gets a COMMIT whose connection breaks."""
    connections: int = 0


@asynccontextmanager
async def way_to(database: str) -> AsyncIterator[Way]:
    """A proxy in front of ``database``."""
    url = urlsplit(database)

    async def serve(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        way.connections += 1
        server, to_server = await asyncio.open_connection(url.hostname, url.port)
        back = asyncio.create_task(_pump(server, to_client))
        try:
            while data := await client.read(65536):
                if data.endswith(COMMIT) and way.cut():
                    back.cancel()
                    if way.deliver:
                        to_server.write(data)
                        await server.read(1)  # the server has answered, so it has committed
                    return
                to_server.write(data)
                await to_server.drain()
        except ConnectionError:
            pass
        finally:
            back.cancel()
            to_client.transport.abort()
            to_server.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    place = f"{url.netloc.rpartition('@')[0]}@127.0.0.1:{port}"
    way = Way(urlunsplit(url._replace(netloc=place)), cut=lambda: False)
    try:
        yield way
    finally:
        listener.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()
