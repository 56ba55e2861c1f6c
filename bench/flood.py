"""Callers who do not wait for one another: requests are sent when they are due, answered or not.

Where every connection is busy, the next caller opens another, so the queue is the server's; only beyond
``MOST_CONNECTIONS`` a request waits to be sent. Each costs the sender little: no task, no future, and no more
of the answer is read than is told.
"""

import asyncio
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import cast

from backbone.memory import passing_through

__all__ = ["Flood", "Shot", "flood"]

MOST_CONNECTIONS = 900
"""The house takes a thousand."""
PAUSE_SECONDS = 0.001
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Shot:
    """One request: when it was due, sent and answered (``perf_counter``), and how."""

    due: float
    sent: float = 0.0
    done: float = 0.0
    status: int = 0
    """0: no answer came."""
    told_when: bool = False
    """The answer has ``Retry-After``."""


@dataclass(frozen=True, slots=True)
class Flood:
    """All that came of one flood, in the order in which it was due."""

    began: float
    seconds: float
    """In which requests were due."""
    shots: Sequence[Shot]
    connections: int
    """How many were open at the end of it."""


async def flood(
    address: tuple[str, int], requests: Sequence[bytes], per_second: float, patience: float = 15.0
) -> Flood:
    """Sends all ``requests``, one after the other at that rate, and waits ``patience`` seconds for what is
    still to come."""
    with passing_through():
        shots = [Shot(n / per_second) for n in range(len(requests))]
        began = perf_counter()
        for shot in shots:
            shot.due += began
        senders = _Senders(address, requests, shots)
        await senders.send_all()
        await senders.wait(patience)
    return Flood(began, len(requests) / per_second, senders.shots, senders.opened)


class _Senders:
    def __init__(self, address: tuple[str, int], requests: Sequence[bytes], shots: list[Shot]) -> None:
        self.shots = shots
        self.opened = 0
        self._address = address
        self._requests = requests
        self._free: list[_Sender] = []
        self._waiting: deque[int] = deque()
        self._all: set[_Sender] = set()
        self._dialling: set[asyncio.Task[None]] = set()
        self._open_shots = len(shots)
        self._done = asyncio.Event()

    async def send_all(self) -> None:
        due: Iterator[int] = iter(range(len(self.shots)))
        number = next(due, None)
        while number is not None:
            now = perf_counter()
            while number is not None and self.shots[number].due <= now:
                self._send(number)
                number = next(due, None)
            await asyncio.sleep(PAUSE_SECONDS)

    async def wait(self, patience: float) -> None:
        try:
            async with asyncio.timeout(patience):
                await self._done.wait()
        except TimeoutError:
            pass  # those have the status 0
        self.opened = len(self._all)
        for task in self._dialling:
            task.cancel()
        gone = [sender.gone for sender in self._all]
        for sender in list(self._all):
            sender.transport.close()
        await asyncio.gather(*gone)

    def _send(self, number: int) -> None:
        while self._free:
            sender = self._free.pop()
            if not sender.gone.done():
                sender.send(self.shots[number], self._requests[number])
                return
        if len(self._all) + len(self._dialling) >= MOST_CONNECTIONS:
            self._waiting.append(number)
            return
        task = asyncio.create_task(self._dial(number))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    async def _dial(self, number: int) -> None:
        try:
            loop = asyncio.get_running_loop()
            _, sender = await loop.create_connection(lambda: _Sender(self), *self._address)
        except OSError:
            self.answered()
            return
        self._all.add(sender)
        sender.send(self.shots[number], self._requests[number])

    def free(self, sender: "_Sender") -> None:
        if self._waiting:
            number = self._waiting.popleft()
            sender.send(self.shots[number], self._requests[number])
        else:
            self._free.append(sender)

    def forget(self, sender: "_Sender") -> None:
        self._all.discard(sender)
        if self._waiting:
            self._send(self._waiting.popleft())

    def answered(self) -> None:
        self._open_shots -= 1
        if not self._open_shots:
            self._done.set()


class _Sender(asyncio.Protocol):
    """A connection that stays; one request at a time."""

    def __init__(self, senders: _Senders) -> None:
        self._senders = senders
        self._shot: Shot | None = None
        self._answer = b""
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def send(self, shot: Shot, request: bytes) -> None:
        self._shot = shot
        shot.sent = perf_counter()
        self.transport.write(request)
        if self._answer:
            self.data_received(b"")  # one that came before the question: the house takes no more connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        answer = self._answer = self._answer + data if self._answer else data
        end = answer.find(b"\r\n\r\n")
        if end < 0 or self._shot is None:
            return
        length = LENGTH.search(answer, 0, end)
        if length is None or len(answer) < end + 4 + int(length[1]):
            return
        shot, self._shot, self._answer = self._shot, None, b""
        shot.done = perf_counter()
        shot.status = int(answer[9:12])
        shot.told_when = answer.find(b"\r\nretry-after: ", 0, end) > 0
        if answer.find(b"\r\nconnection: close", 0, end) < 0:
            self._senders.free(self)
        self._senders.answered()

    def connection_lost(self, _error: Exception | None) -> None:
        self.gone.set_result(None)
        self._senders.forget(self)
        if self._shot is not None:
            self._shot = None
            self._senders.answered()
