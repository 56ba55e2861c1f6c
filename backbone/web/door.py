"""How many requests are inside at a time: who comes when it is full is told so before any work is done."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from backbone.web.context import request_id_of
from backbone.web.problems import Problem, problem_response

__all__ = ["MOST_INSIDE", "Door"]

MOST_INSIDE: Final = 512
"""Reads, and as many writes: some tenths of a second of work, which is what the last one waits for."""
_ALWAYS_OPEN: Final = frozenset(("/health/live", "/health/ready", "/metrics"))
_READS: Final = frozenset(("GET", "HEAD"))


class Door:
    """Plain ASGI. Reads that wait for a view never keep writes out, nor either of them who asks after its
    health."""

    def __init__(self, app: ASGIApp, most: int = MOST_INSIDE) -> None:
        self._app = app
        self._most = most
        self._inside = {True: 0, False: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _ALWAYS_OPEN:
            await self._app(scope, receive, send)
            return
        reads = scope["method"] in _READS
        if self._inside[reads] >= self._most:
            problem = Problem("overloaded", "Nothing was changed.", headers={"Retry-After": "1"})
            await problem_response(problem, request_id_of(scope))(scope, receive, send)
            return
        self._inside[reads] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside[reads] -= 1
