"""The HTTP server of a process: uvicorn, set up as an installation needs it."""

import asyncio
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from backbone.web.admission import Admission
from backbone.web.admitting import admitted_by
from backbone.web.connection import KEEP_ALIVE_SECONDS

__all__ = ["config_of", "serve_http"]

STOP_SECONDS = 10


class _Server(uvicorn.Server):
    """Leaves signals to us: what runs behind the routes must outlive the last request."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def config_of(app: ASGIApp, environ: Mapping[str, str], admission: Admission) -> uvicorn.Config:
    """How uvicorn serves ``app``. ``FORWARDED_ALLOW_IPS``, its own variable, names the proxies in front."""
    return uvicorn.Config(
        app,
        http=admitted_by(admission),
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        # Else uvicorn would look for forwarded addresses in every request, and believe whatever runs on this
        # machine.
        proxy_headers="FORWARDED_ALLOW_IPS" in environ,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


async def serve_http(
    app: ASGIApp, admission: Admission, listening: socket.socket, stop: asyncio.Event
) -> None:
    """Serves ``app`` until ``stop`` is set, and what has begun to its end."""
    server = _Server(config_of(app, os.environ, admission))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve(sockets=[listening]))
        stopping = tasks.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopping.cancel()
