"""The HTTP server of a process: uvicorn, set up as an installation needs it."""

import asyncio
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from backbone.web.connection import KEEP_ALIVE_SECONDS
from backbone.web.doors import Doors
from backbone.web.entrance import entered_by

__all__ = ["config_of", "serve_http"]

STOP_SECONDS = 10


class _Server(uvicorn.Server):
    """Leaves signals to us: what runs behind the routes must outlive the last request."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def config_of(app: ASGIApp, environ: Mapping[str, str], doors: Doors) -> uvicorn.Config:
    """How uvicorn serves ``app`` behind ``doors``. ``FORWARDED_ALLOW_IPS``, its own variable, names the
    proxies in front."""
    return uvicorn.Config(
        app,
        http=entered_by(doors),
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


async def serve_http(app: ASGIApp, doors: Doors, listening: socket.socket, stop: asyncio.Event) -> None:
    """Serves ``app``, behind ``doors``, until ``stop`` is set, and what has begun to its end."""
    server = _Server(config_of(app, os.environ, doors))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve(sockets=[listening]))
        stopping = tasks.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopping.cancel()
