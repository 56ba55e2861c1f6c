"""The web application: routers of the services, behind one edge, with what every installation answers."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from starlette.responses import HTMLResponse, Response

from backbone.telemetry.exposition import CONTENT_TYPE, Exposition
from backbone.web.answers import json_answer
from backbone.web.application import Application
from backbone.web.calling import Gate, public, watched
from backbone.web.docs import render
from backbone.web.failures import handle_failures
from backbone.web.health import Check, readiness
from backbone.web.metrics import HttpMetrics
from backbone.web.openapi import document
from backbone.web.routes import require_guards

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = ["Lifespan", "create_app"]

_WAYS_ON = {"docs": "/docs", "openapi": "/openapi.json", "ready": "/health/ready"}
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    routers: Sequence[APIRouter],
    gate: Gate,
    *,
    registry: CollectorRegistry,
    exposition: Exposition | None = None,
    tracing: "Tracing | None" = None,
    checks: Mapping[str, Check] | None = None,
    version: str = "0",
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application; ``UnguardedRouteError`` where a route does not say who may call it.

    ``registry``: where requests are counted; ``exposition``: what ``/metrics`` shows, if not that alone.
    ``checks``: by name, what must hold for ``/health/ready``. Run it with uvicorn's access log off: that one
    writes whole URLs.
    """
    app = Application(
        title="Almanac",
        version=version,
        description="Scheduling for clinics: errors are RFC 9457 problems, times RFC 3339 with offset.",
        lifespan=lifespan,
    )
    app.state.gate = gate
    handle_failures(app)
    # FastAPI's include_router resolves each request twice; the routes of a router are complete as they are.
    app.router.routes.extend(_house_routes(app, exposition or Exposition(registry), checks or {}).routes)
    for router in routers:
        app.router.routes.extend(router.routes)
    require_guards(app.routes)
    app.stand_behind(HttpMetrics(registry), tracing)
    return app


def _house_routes(app: FastAPI, exposition: Exposition, checks: Mapping[str, Check]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/", dependencies=[public])
    async def root() -> Response:
        return json_answer({"name": app.title, "version": app.version} | _WAYS_ON)

    @router.get("/health/live", dependencies=[watched])
    async def live() -> Response:
        return json_answer({"status": "live"})

    @router.get("/health/ready", dependencies=[watched])
    async def ready() -> Response:
        return await readiness(checks)

    @router.get("/metrics", dependencies=[watched])
    async def metrics() -> Response:
        return Response(await exposition.page(), media_type=CONTENT_TYPE)

    @router.get("/openapi.json", dependencies=[public])
    async def openapi() -> Response:
        return json_answer(document(app))

    @router.get("/docs", dependencies=[public])
    async def docs() -> Response:
        return HTMLResponse(render(document(app)))

    return router
