"""FastAPI's routes and documents behind our own edge, without the layers that the edge makes needless."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backbone.web.edge import Edge
from backbone.web.express import Express
from backbone.web.metrics import HttpMetrics

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = ["Application"]


class Application(FastAPI):
    """FastAPI without its own outer layers. The edge does their work: it limits bodies, answers where an
    exception was not caught, and counts.
    """

    def __init__(self, **described: Any) -> None:
        super().__init__(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, **described)
        self._front: ASGIApp = super().__call__

    def stand_behind(self, metrics: HttpMetrics, tracing: "Tracing | None" = None) -> None:
        """Puts the edge before its routes, when all are there."""
        failures = self.exception_handlers
        general = ExceptionMiddleware(AsyncExitStackMiddleware(self.router), failures)
        self._front = Edge(Express(self.routes, failures, general), metrics, tracing=tracing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # RFC 9110, 9.3.2: as GET, without the content. The server's own scope, by whose method it frames
            # the answer, stays as it is.
            await self._front({**scope, "method": "GET"}, receive, _without_content(send))
            return
        await self._front(scope, receive, send)


def _without_content(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
