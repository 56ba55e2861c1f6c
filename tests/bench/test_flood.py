"""Callers who do not wait: what is due is sent, and what came of it is told as it was."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.flood import Flood, Shot, flood
from bench.measuring import Load
from bench.stages import Stage, back_after, windows

DONE = b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}"
AWAY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}"


@asynccontextmanager
async def answering() -> AsyncIterator[int]:
    """To "slow" once "away" was asked; to "away" with 503; to "mute" by hanging up."""
    asked_away = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (asked := await reader.read(100)) and asked != b"mute":
            if asked == b"slow":
                await asked_away.wait()
            elif asked == b"away":
                asked_away.set()
            writer.write(AWAY if asked == b"away" else DONE)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_nobody_waits_for_a_slow_answer() -> None:
    async with answering() as port:
        told = await flood(("127.0.0.1", port), [b"slow"] * 5 + [b"away", b"mute"], 200.0)
    assert [shot.status for shot in told.shots] == [201] * 5 + [503, 0]
    assert [shot.told_when for shot in told.shots] == [False] * 5 + [True, False]
    assert told.connections >= 5
    assert all(shot.done > told.shots[5].sent for shot in told.shots[:5])


def stage(*shots: Shot) -> Stage:
    return Stage.of("2 times", Flood(100.0, 2.0, shots, 3), {}, [0.01])


def test_a_stage_tells_accepted_refused_and_neither() -> None:
    told = stage(
        Shot(100.0, 100.0, 100.1, 201),
        Shot(101.9, 101.9, 102.1, 201),
        Shot(101.0, 101.0, 101.01, 503, told_when=True),
        Shot(101.0, 101.0, 101.01, 503),
        Shot(101.0),
    )
    assert (told.accepted.operations, told.refused.operations, told.neither) == (2, 1, 2)
    assert told.accepted.rate == 0.5  # one of them came after the end
    assert (told.offered, told.health_worst) == (2.5, 10.0)
    assert isinstance(told.accepted, Load)


def test_a_house_is_back_once_its_p99_stays_low() -> None:
    slow = stage(*(Shot(100 + n / 10, 0, 100 + n / 10 + (0.5 if n < 7 else 0.05), 201) for n in range(20)))
    assert [round(p99) for p99 in windows(slow.flood)] == [500, 500, 50, 50]
    assert back_after(slow, 100.0) == 1.0
    assert back_after(slow, 10.0) is None
