"""One HTTP connection: how large a request's head may be, how long its sender may take over it, and how long
the connection may be silent.

Uvicorn's own protocol bounds neither head nor time, and answers what it can't read in plain text.
"""

import asyncio
from math import inf
from operator import itemgetter
from typing import Any, ClassVar, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backbone.ids import new_id_text
from backbone.web.problems import Problem
from backbone.web.wire import ReadyProblem

__all__ = [
    "Bounded",
    "KEEP_ALIVE_SECONDS",
    "MAX_CONNECTIONS",
    "MAX_HEADERS",
    "MAX_HEAD_BYTES",
    "MAX_URL_BYTES",
]

MAX_HEAD_BYTES: Final = 32_768
MAX_HEADERS: Final = 100
MAX_URL_BYTES: Final = 16_384
"""``at_least`` at its longest, and as much again."""
MAX_CONNECTIONS: Final = 1_000
KEEP_ALIVE_SECONDS: Final = 75
"""For which a connection may be silent between requests: longer than clients keep one, so that it is they who
hang up, and no request meets the end of its connection."""
SILENT_SECONDS: Final = 5.0
"""Who has been silent for so long makes room for others where there are too many."""

NO_HTTP: Final = "This is not HTTP/1.1 as RFC 9112 has it (methods, for one, are in capital letters)."

_NOTHING, _HEAD, _BODY = range(3)


class _TooMuch(Exception):
    """What is wrong with a head, as a problem's type; httptools hands it on as a cause."""


class Bounded(HttpToolsProtocol):
    """Uvicorn's protocol with limits. A request that comes in one piece costs two comparisons: timers run
    only while parts of one are missing."""

    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 30.0
    """For all of it, from the head's end on."""
    linger_seconds: ClassVar[float] = 1.0
    write_seconds: ClassVar[float] = 30.0
    """In which a reader has to take some of its answer."""

    _part = _NOTHING
    """What of a request is coming in."""
    _received = 0
    """Bytes since the last whole request: no fewer than those of the head that is coming in."""
    _refused = False
    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS and not self._make_room():
            self._refuse(Problem("overloaded", headers={"Retry-After": "1"}))
            self.transport.close()
        else:
            self._within(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        self._received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # nothing here speaks anything else: it is answered as if it had not asked
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(
                Problem(str(cause)) if isinstance(cause, _TooMuch) else Problem("malformed", NO_HTTP)
            )
            return
        if self._part == _HEAD and self._received > MAX_HEAD_BYTES:
            self._refuse(Problem("head-too-large" if self.headers else "uri-too-long"))
        elif self._part == _NOTHING:
            self._received = 0
            self._in_time()
        elif self._deadline is None:
            self._within(self.head_seconds if self._part == _HEAD else self.body_seconds)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._part = _HEAD

    def on_headers_complete(self) -> None:
        if len(self.url) > MAX_URL_BYTES:
            raise _TooMuch("uri-too-long")
        if len(self.headers) > MAX_HEADERS or (self._received > MAX_HEAD_BYTES < self._head_bytes()):
            raise _TooMuch("head-too-large")
        super().on_headers_complete()
        self._part = _BODY
        self._in_time()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._part = _NOTHING
        if self.cycle.response_complete and self.timeout_keep_alive_task is None:
            self._wait_for_the_next()  # it was answered before its end had come

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _make_room(self) -> bool:
        """Hangs up on who has been silent for longest, if that is long."""
        silent = [
            (timer.when(), other)
            for other in self.connections
            if isinstance(other, Bounded) and (timer := other.timeout_keep_alive_task) is not None
        ]
        until, longest = min(silent, key=itemgetter(0), default=(inf, self))
        if until - self.loop.time() > self.timeout_keep_alive - SILENT_SECONDS:
            return False
        longest.timeout_keep_alive_handler()
        self.connections.discard(longest)
        return True

    def _wait_for_the_next(self) -> None:
        if not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _within(self, seconds: float) -> None:
        self._in_time()
        self._deadline = self.loop.call_later(seconds, self._refuse, Problem("too-slow"))

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, problem: Problem) -> None:
        """The connection's last answer; nothing that comes after it is looked at."""
        self._refused = True
        self._in_time()
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._say(problem)
        elif self._part == _HEAD:
            cycle.keep_alive = False  # those before it are answered, then it ends
        elif cycle.response_started or self.pipeline:
            self.transport.close()
        else:
            self._say(problem)
            cycle.disconnected = True  # its route waits for the rest of the body
            cycle.message_event.set()

    def _say(self, problem: Problem) -> None:
        answer = ReadyProblem(problem).answer(self.server_state.default_headers, new_id_text(), close=True)
        self.transport.write(answer)
        # What the client still sends is dropped for a while before the connection is closed: closing it at
        # once could destroy the answer on its way (RFC 9112, 9.6).
        self.transport.write_eof()
        self._deadline = self.loop.call_later(self.linger_seconds, self.transport.close)
