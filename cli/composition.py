"""One process: opens what services need, runs their halves (HTTP, workers), and ends them when told to."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import asyncpg
from fastapi import APIRouter

from backbone.clock import Clock, SystemClock
from backbone.commanding.commanding import Commanding
from backbone.commanding.http import key_routes
from backbone.commanding.keys import CommandKeys
from backbone.kafka import Kafka
from backbone.memory import settle_memory
from backbone.privacy.assembly import open_wrapper
from backbone.privacy.erasures import ErasureList
from backbone.privacy.keeping import keeping
from backbone.privacy.keyring import KeyRing
from backbone.privacy.privacy import open_privacy
from backbone.privacy.rotation import open_rotation
from backbone.service import Environment, Service
from backbone.settings import Settings
from backbone.telemetry.logs import log_unhandled
from backbone.telemetry.tracing import open_tracing
from backbone.web.admission import Admission
from backbone.web.app import create_app
from backbone.web.assembly import open_gate
from backbone.web.documents import document_routes, read_documents
from backbone.web.health import Check
from cli.catalogue import SYSTEMS, VAULT, ServiceClass, command_owners
from cli.configuration import database_urls, erasures_file, key_file
from cli.exposing import open_exposition
from cli.schemas import COMMITTED_SOURCE, FOLDER
from cli.web_server import serve_http

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = ["Part", "Process", "open_environment", "run_process"]

Part = Literal["http", "workers", "all"]
"""Which halves of the services. ``http``: routes and batcher; ``workers``: relay, consumers and sweepers."""

VERSION = "0.1.0"
"""Of Almanac; the package takes it from here."""


@dataclass(frozen=True, slots=True)
class Process:
    """What one process is to run."""

    services: Sequence[ServiceClass]
    part: Part
    settings: Settings
    data: Path
    """Where keys lie that no setting places elsewhere."""
    clock: Clock
    listening: socket.socket | None
    """Where it answers HTTP: the services' routes, or only health and metrics where it runs workers."""
    behind: Mapping[str, str] = field(default_factory=dict)
    """Other parts of the same house, by name, and the URL of their metrics: shown with this process's own."""


async def run_process(process: Process) -> None:
    """Runs until SIGINT or SIGTERM; raises where a service can't go on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log_unhandled)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        ring = KeyRing.load(key_file(process.settings, process.data))
        schemas = [VAULT, SYSTEMS, *(service.schema for service in process.services)]
        urls = database_urls(process.settings, schemas)
        kafka = Kafka.configured(process.settings)
        tracing = await stack.enter_async_context(open_tracing(os.environ, _name(process), process.part))
        environment = await stack.enter_async_context(
            open_environment(process.settings, urls, kafka, ring, process.clock, process.data, tracing)
        )
        services = [make(environment) for make in process.services]
        routers: list[APIRouter] = []
        if process.part != "workers":
            routers = [await stack.enter_async_context(service.http()) for service in services]
            if environment.commanding is not None:
                routers.append(key_routes(environment.commanding.keys))
        if process.part != "http":
            await _enter_workers(stack, services)
            wrapper = await stack.enter_async_context(open_wrapper(process.settings, ring))
            rotation = await stack.enter_async_context(open_rotation(urls[VAULT], wrapper, process.clock))
            await stack.enter_async_context(keeping(rotation))
        settle_memory()
        if process.listening is None:
            await stop.wait()
            return
        gate = await stack.enter_async_context(
            open_gate(process.settings, ring.root, environment.privacy, SystemClock(), process.data)
        )
        published = read_documents(FOLDER, COMMITTED_SOURCE, process.settings.source)
        routers.append(document_routes(published))
        registry = environment.metrics.registry
        app = create_app(
            routers,
            gate,
            registry=registry,
            exposition=await stack.enter_async_context(
                open_exposition(registry, process.part, process.behind)
            ),
            tracing=tracing,
            checks=_checks(environment),
            version=VERSION,
        )
        await serve_http(app, Admission(registry), process.listening, stop)


@asynccontextmanager
async def open_environment(
    settings: Settings,
    urls: Mapping[str, str],
    kafka: Kafka,
    ring: KeyRing,
    clock: Clock,
    data: Path,
    tracing: "Tracing | None" = None,
) -> AsyncIterator[Environment]:
    """Opens what services need (the ``Environment``); closes it when the block ends."""
    erasures = ErasureList(erasures_file(settings, data))
    async with (
        open_wrapper(settings, ring) as wrapper,
        open_privacy(urls[VAULT], ring.root, clock, wrapper=wrapper, erasures=erasures) as privacy,
    ):
        keys = CommandKeys(ring, SystemClock())
        commanding = Commanding(urls[SYSTEMS], keys, command_owners()) if SYSTEMS in urls else None
        yield Environment(
            settings=settings,
            clock=clock,
            kafka=kafka,
            privacy=privacy,
            database_urls=urls,
            commanding=commanding,
            tracing=tracing,
        )


def _name(process: Process) -> str:
    return process.services[0].name if len(process.services) == 1 else "almanac"


async def _enter_workers(stack: AsyncExitStack, services: Sequence[Service]) -> None:
    for service in services:
        await stack.enter_async_context(service.workers())


def _checks(environment: Environment) -> dict[str, Check]:
    """Ready means: PostgreSQL answers. Without Kafka bookings go on, and catch up later."""

    async def database() -> None:
        for schema in environment.database_urls:
            connection: asyncpg.Connection[asyncpg.Record] = await environment.connect(schema)
            try:
                await connection.execute("SELECT 1")
            finally:
                await connection.close()

    return {"database": database}
