"""How many requests are worked on at a time: any beyond that is refused before work on it begins."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from backbone.web.context import request_id_of
from backbone.web.problems import Problem, problem_response

__all__ = ["MAX_IN_FLIGHT", "ConcurrencyLimit"]

MAX_IN_FLIGHT: Final = 512
"""Of reads, and again of writes: some tenths of a second of work, for which the last one admitted waits."""
_NOT_LIMITED: Final = frozenset(("/health/live", "/health/ready", "/metrics"))
_READS: Final = frozenset(("GET", "HEAD"))


class ConcurrencyLimit:
    """Plain ASGI. Reads and writes are counted apart, so that reads that wait for a view keep no write out.
    Health checks and metrics are answered in any case."""

    def __init__(self, app: ASGIApp, most: int = MAX_IN_FLIGHT) -> None:
        self._app = app
        self._most = most
        self._in_flight = {"reads": 0, "writes": 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _NOT_LIMITED:
            await self._app(scope, receive, send)
            return
        kind = "reads" if scope["method"] in _READS else "writes"
        if self._in_flight[kind] >= self._most:
            problem = Problem("overloaded", "Nothing was changed.", headers={"Retry-After": "1"})
            await problem_response(problem, request_id_of(scope))(scope, receive, send)
            return
        self._in_flight[kind] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight[kind] -= 1
