"""A TCP line to a server that can be slow, narrow, or swallow everything while it closes nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["SlowLine", "slow_line"]

HOST = "127.0.0.1"
CHUNK_BYTES = 64 * 1024
CHUNKS_ON_THE_WAY = 64


@dataclass(slots=True)
class SlowLine:
    """What it does now; may be changed while it runs. The server's bytes arrive whole and in order."""

    port: int
    """Where clients connect to."""
    delay_seconds: float = 0.0
    """In each direction."""
    bytes_per_second: float = float("inf")
    """In each direction of each connection."""
    swallows_after: Callable[[bytes], bool] = lambda _: False
    """Of what a client sends: that comes through yet, then nothing until `opens`."""
    swallows_before: Callable[[bytes], bool] = lambda _: False
    """The same, but that doesn't come through either."""
    passed: int = 0
    """Bytes that have come through."""
    broken: int = 0
    """How often everything was lost."""
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def swallows(self) -> None:
        """From now on nothing comes through, in either direction; connections are taken, and stay."""
        self.open.clear()

    def breaks(self) -> None:
        """What is on the way is lost for good, and its connections with it."""
        self.broken += 1

    def opens(self) -> None:
        """What was on the way arrives, and all goes on."""
        self.open.set()


@asynccontextmanager
async def slow_line(server_port: Callable[[], int], listen_on: int = 0) -> AsyncIterator[SlowLine]:
    """Lets everything through at first. ``server_port``: asked at each connection."""
    line = SlowLine(listen_on)
    line.opens()
    connections: set[asyncio.Task[None]] = set()

    async def serve(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        to_server: asyncio.StreamWriter | None = None
        try:
            server, to_server = await asyncio.open_connection(HOST, server_port())
            there = asyncio.create_task(_carry(line, client, to_server, asking=True))
            back = asyncio.create_task(_carry(line, server, to_client, asking=False))
            try:
                await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
        except OSError:
            pass
        finally:
            connections.discard(task)
            to_client.transport.abort()
            if to_server is not None:
                to_server.transport.abort()

    listener = await asyncio.start_server(serve, HOST, listen_on)
    line.port = listener.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        listener.close()
        for each in connections:
            each.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _carry(
    line: SlowLine, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asking: bool
) -> None:
    """Until either end closes."""
    clock = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_ON_THE_WAY)

    async def deliver() -> None:
        free_at, broken = 0.0, line.broken
        while True:
            due, data = await on_the_way.get()
            free_at = max(free_at, due) + len(data) / line.bytes_per_second
            await asyncio.sleep(free_at - clock.time())
            if asking and line.swallows_before(data):
                line.swallows()
            await line.open.wait()
            if not data or line.broken > broken:
                return
            if asking and line.swallows_after(data):
                line.swallows()
            sink.write(data)
            line.passed += len(data)
            await sink.drain()

    async def take() -> None:
        data = b"?"
        while data:
            with suppress(ConnectionError):
                data = b""
                data = await source.read(CHUNK_BYTES)
            await on_the_way.put((clock.time() + line.delay_seconds, data))

    taking, delivering = asyncio.create_task(take()), asyncio.create_task(deliver())
    try:
        # What was taken before an end is delivered yet.
        await delivering
    finally:
        taking.cancel()
        delivering.cancel()
        await asyncio.gather(taking, delivering, return_exceptions=True)
