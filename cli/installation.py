"""A whole Almanac on this machine: servers, tables, topics, processes. For ``up`` and ``demo``."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from backbone.embedded import DataDir, Embedded, Servers
from backbone.embedded.kafka_jars import Progress
from backbone.embedded.stack import running_servers
from backbone.kafka import Kafka
from backbone.network import is_loopback
from backbone.privacy.keyfile import RootKey
from backbone.settings import Settings
from cli.catalogue import SCHEMAS, SERVICES, SYSTEMS, load
from cli.configuration import database_urls, key_file, refuse_plain_text, unknown_settings
from cli.errors import WRONG_USE, CliError
from cli.listening import listen
from cli.preparing import migrate_all, prepare_system_topics, prepare_topics
from cli.supervising import Child, watch_child, watch_server

__all__ = ["Installation", "Plan", "running"]

READY_SECONDS = 60.0
TRIES = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run, and which functions are told of progress and trouble."""

    settings: Settings
    data: Path
    host: str = "127.0.0.1"
    port: int = 8080
    """0: any free one."""
    step: Callable[[str], None] = lambda _text: None
    """Told what begins: ``starting PostgreSQL and Kafka``."""
    progress: Progress | None = None
    """Told of downloads."""
    trouble: Callable[[str], None] = lambda _text: None
    """Told when something died and is started again."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """For the processes, beside ours."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What runs, and how it is reached."""

    url: str
    data: Path
    database_urls: Mapping[str, str]
    kafka: Kafka
    children: Mapping[str, Child]
    """``http`` and ``workers``."""


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Installation]:
    """Runs everything until the block ends, and starts again what dies meanwhile."""
    _check(plan)
    for name in unknown_settings(os.environ, SCHEMAS):
        plan.trouble(f"there is no setting {name}: it is passed over (docs/operations.md has them all)")
    async with AsyncExitStack() as stack:
        # The parent holds it: callers wait a moment, instead of being refused, while a process starts again.
        listening = stack.enter_context(_listen(plan))
        plan.step("starting PostgreSQL and Kafka")
        # Loading the services takes a second of our own time, which the servers need for theirs.
        loading = asyncio.create_task(asyncio.to_thread(load))
        servers = await stack.enter_async_context(_embedded(plan))
        services = await loading
        urls = servers.database_urls or database_urls(plan.settings, SCHEMAS)
        kafka = Kafka.configured(plan.settings, servers.kafka_bootstrap)
        plan.step("bringing tables and topics up to date")
        await asyncio.gather(migrate_all(services, urls), prepare_topics(services, kafka))
        await prepare_system_topics(urls[SYSTEMS], kafka)
        await asyncio.to_thread(RootKey.load_or_create, key_file(plan.settings, plan.data))
        plan.step("starting the services")
        environment = _child_environment(plan, urls, kafka)
        figures = stack.enter_context(listen("127.0.0.1", 0))
        children = {
            "http": _child(plan, "http", servers.data, environment, listening, behind=figures),
            "workers": _child(plan, "workers", servers.data, environment, figures),
        }

        async def topics() -> None:
            await prepare_topics(services, kafka)
            await prepare_system_topics(urls[SYSTEMS], kafka)

        await stack.enter_async_context(_kept_running(children, servers, plan, topics))
        url = f"http://{plan.host}:{listening.getsockname()[1]}"
        await _ready(url, children["http"])
        yield Installation(url, plan.data, urls, kafka, children)
        plan.step("stopping")


def _check(plan: Plan) -> None:
    configured = plan.settings.database_url or plan.settings.kafka_bootstrap
    if plan.settings.dev and (configured or not is_loopback(plan.host)):
        raise CliError("ALMANAC_DEV=1 is for embedded servers on the loopback only", WRONG_USE)
    if plan.settings.database_url:
        refuse_plain_text(plan.settings, database_urls(plan.settings, SCHEMAS))
    refuse_plain_text(plan.settings, {})


def _listen(plan: Plan) -> socket.socket:
    """Where the port is taken by an Almanac on the same data, another port would not help."""
    try:
        return listen(plan.host, plan.port)
    except CliError:
        if running_servers(plan.data, SCHEMAS) is None:
            raise
    raise CliError(
        f"another Almanac is running on {plan.data}, and port {plan.port} is taken: stop it, or choose "
        "another --data and another --port"
    )


def _embedded(plan: Plan) -> Embedded:
    """The servers that no setting places elsewhere."""
    return Embedded(
        plan.data,
        SCHEMAS,
        postgres=plan.settings.database_url is None,
        kafka=plan.settings.kafka_bootstrap is None,
        progress=plan.progress,
    )


def _child_environment(plan: Plan, urls: Mapping[str, str], kafka: Kafka) -> dict[str, str]:
    """Ours, with the addresses of what we started."""
    return {
        **os.environ,
        **plan.environment,
        **{f"ALMANAC_DATABASE_URL_{schema.upper()}": url for schema, url in urls.items()},
        "ALMANAC_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "ALMANAC_KAFKA_SECURITY_PROTOCOL": kafka.security_protocol,
        # One process of each part, so the name is unique.
        "ALMANAC_INSTANCE": "up",
        "ALMANAC_DATA_DIR": str(plan.data),
        "ALMANAC_KEY_FILE": str(key_file(plan.settings, plan.data)),
        "ALMANAC_DEV": "1" if plan.settings.dev else "0",
        "ALMANAC_RATE_STAFF": str(plan.settings.rate_staff),
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }


def _child(
    plan: Plan,
    part: str,
    data: DataDir,
    environment: Mapping[str, str],
    listening: socket.socket,
    behind: socket.socket | None = None,
) -> Child:
    arguments = ["serve", *SERVICES, "--part", part, "--listening", str(listening.fileno())]
    if behind is not None:
        arguments += ["--behind", f"http://127.0.0.1:{behind.getsockname()[1]}/metrics"]
    if plan.settings.dev:
        arguments.append("--embedded")
    return Child(part, arguments, environment, data.log(part), [data.lock, listening.fileno()])


@asynccontextmanager
async def _kept_running(
    children: Mapping[str, Child], servers: Servers, plan: Plan, topics: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    watches = [watch_child(child, plan.trouble) for child in children.values()]
    if servers.postgres is not None:
        watches.append(watch_server(servers.postgres, "PostgreSQL", plan.trouble))
    if servers.kafka is not None:
        watches.append(watch_server(servers.kafka, "Kafka", plan.trouble, topics))
    for child in children.values():
        child.start()
    tasks = [asyncio.create_task(watch) for watch in watches]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(child.end() for child in children.values()))


async def _ready(url: str, child: Child) -> None:
    """Waits until the services answer."""
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    async with httpx.AsyncClient(base_url=url, timeout=5.0, trust_env=False) as http:
        while asyncio.get_running_loop().time() < deadline and child.deaths < TRIES:
            try:
                if (await http.get("/health/ready")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
    raise CliError(f"the services do not get ready: see {child.log}")
