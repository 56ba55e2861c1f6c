"""A whole Almanac as real processes, each of which can be killed and frozen; who dies is started again."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import psutil

from backbone.clock import SystemClock
from backbone.embedded import DataDir, Embedded, Servers
from backbone.kafka import Kafka
from backbone.privacy.keyfile import RootKey
from backbone.settings import Settings
from backbone.web.devtokens import issue_dev_token
from cli.catalogue import SCHEMAS, ServiceClass, load
from cli.configuration import key_file
from cli.preparing import migrate_all, prepare_topics
from cli.supervising import Child, watch_child, watch_server
from tests.chaos.far_kafka import far_kafka
from tests.chaos.victims import Victim
from tests.support.slow_line import SlowLine
from tests.support.waiting import eventually

__all__ = ["PROCESSES", "House", "open_house"]

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90.0
STOP_SECONDS = 3.0

PROCESSES: Mapping[str, Sequence[str]] = {
    "http": ("booking", "patient-flow", "projections", "--part", "http"),
    "relay": ("booking", "patient-flow", "--part", "workers"),
    "projections": ("projections", "--part", "workers"),
    # Takes over from the two while they are frozen, as a second machine would: they must then not go on.
    "standby": ("booking", "patient-flow", "projections", "--part", "workers"),
}


@dataclass(frozen=True, slots=True)
class House:
    """What runs, and how it is reached. Disks are real: PostgreSQL writes through to them."""

    url: str
    data: Path
    settings: Settings
    kafka: Kafka
    database_urls: Mapping[str, str]
    superuser_url: str
    services: Sequence[ServiceClass]
    victims: Mapping[str, Victim]
    """By name: the processes, ``PostgreSQL`` and ``Kafka``."""
    deaths: list[str]
    """What the supervisor saw end, in order."""
    line: SlowLine
    """On which everybody reaches Kafka, and Kafka everybody."""

    def token(self) -> str:
        """A scheduler's."""
        return issue_dev_token(self.data, ["scheduler", "front-desk"], SystemClock())


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Runs everything until the block ends; then nothing of it may be left."""
    before = set(psutil.Process().children(recursive=True))
    family: set[psutil.Process] = set()
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))
        services = load()
        servers = await stack.enter_async_context(Embedded(folder, SCHEMAS, kafka=False))
        broker, line = await stack.enter_async_context(far_kafka(servers.data))
        servers = replace(servers, kafka=broker)
        settings = Settings(dev=True, database_url=None, kafka_bootstrap=None, topic_prefix="")
        kafka = Kafka.configured(settings, servers.kafka_bootstrap)
        await asyncio.gather(broker.start(), migrate_all(services, servers.database_urls))
        await prepare_topics(services, kafka)
        RootKey.load_or_create(key_file(settings, folder))
        issue_dev_token(folder, ["system"], SystemClock())
        deaths: list[str] = []
        children = {
            name: _child(name, servers.data, servers, kafka, listening if name == "http" else None)
            for name in PROCESSES
        }
        await stack.enter_async_context(
            _supervised(children, servers, deaths, lambda: prepare_topics(services, kafka))
        )
        house = House(
            f"http://127.0.0.1:{listening.getsockname()[1]}",
            folder,
            settings,
            kafka,
            servers.database_urls,
            servers.database_url or "",
            services,
            _victims(children, servers),
            deaths,
            line,
        )
        await eventually(lambda: _ready(house.url), within=START_SECONDS)
        yield house
        family = set(psutil.Process().children(recursive=True)) - before
    left = [process for process in family if process.is_running()]
    assert not left, f"left behind: {left}"


def _child(
    name: str, data: DataDir, servers: Servers, kafka: Kafka, listening: socket.socket | None
) -> Child:
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ALMANAC_")},
        **{f"ALMANAC_DATABASE_URL_{schema.upper()}": url for schema, url in servers.database_urls.items()},
        "ALMANAC_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "ALMANAC_DATA_DIR": str(data.path),
        "ALMANAC_INSTANCE": name,
        "ALMANAC_DEV": "1",
        # One caller makes all the load here, at a rate that no desk has.
        "ALMANAC_RATE_STAFF": "1000000",
        "PYTHONPATH": str(ROOT),
    }
    arguments = ["serve", *PROCESSES[name], "--embedded"]
    descriptors = [data.lock]
    if listening is not None:
        arguments += ["--listening", str(listening.fileno())]
        descriptors.append(listening.fileno())
    return Child(name, arguments, environment, data.log(name), descriptors)


def _victims(children: Mapping[str, Child], servers: Servers) -> dict[str, Victim]:
    assert servers.postgres is not None
    assert servers.kafka is not None
    processes = {name: Victim(name, lambda child=child: child.kept) for name, child in children.items()}  # type: ignore[misc] # bound now
    postgres, kafka = servers.postgres, servers.kafka
    return processes | {
        "PostgreSQL": Victim("PostgreSQL", lambda: postgres),
        "Kafka": Victim("Kafka", lambda: kafka),
    }


@asynccontextmanager
async def _supervised(
    children: Mapping[str, Child],
    servers: Servers,
    deaths: list[str],
    topics: Callable[[], Awaitable[object]],
) -> AsyncIterator[None]:
    assert servers.postgres is not None
    assert servers.kafka is not None
    watches = [watch_child(child, deaths.append) for child in children.values()]
    watches.append(watch_server(servers.postgres, "PostgreSQL", deaths.append))
    watches.append(watch_server(servers.kafka, "Kafka", deaths.append, topics))
    tasks = [asyncio.create_task(watch) for watch in watches]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        kept = [child.kept for child in children.values() if child.kept is not None]
        # Who is just about to join a consumer group waits long for others who have left by now.
        await asyncio.gather(*(each.end(signal.SIGTERM, STOP_SECONDS) for each in kept))


async def _ready(url: str) -> bool:
    async with httpx.AsyncClient(base_url=url, timeout=5, trust_env=False) as http:
        try:
            return (await http.get("/health/ready")).status_code == 200
        except httpx.HTTPError:
            return False
