"""How a command reaches an installation that runs already: the configured servers, or a data directory's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from backbone.clock import SystemClock
from backbone.embedded.stack import running_servers
from backbone.kafka import Kafka
from backbone.privacy.keyring import KeyRing
from backbone.projecting import Projection
from backbone.projecting.engine import Engine, projection_pool
from backbone.settings import Settings
from cli.catalogue import VAULT, load
from cli.composition import open_environment
from cli.configuration import database_urls, key_file, refuse_plain_text
from cli.errors import WRONG_USE, CliError

__all__ = ["Reader", "addresses", "one_projection", "readers", "require_projection"]


@dataclass(frozen=True, slots=True)
class Reader:
    """A service that keeps projections, and the engine to look at them."""

    service: str
    engine: Engine
    projections: tuple[Projection, ...]


@asynccontextmanager
async def readers(settings: Settings, data: Path) -> AsyncIterator[list[Reader]]:
    """Every service that has projections."""
    services = load()
    urls, kafka = addresses(settings, data, [VAULT, *(service.schema for service in services)])
    ring = KeyRing.load(key_file(settings, data))
    found: list[Reader] = []
    async with open_environment(settings, urls, kafka, ring, SystemClock(), data) as environment:
        try:
            for make in services:
                service = make(environment)
                if service.projections:
                    pool = await projection_pool(urls[service.schema], service.schema)
                    engine = Engine.of(environment, service.name, pool)
                    found.append(Reader(service.name, engine, tuple(service.projections)))
            yield found
        finally:
            for reader in found:
                await reader.engine.pool.close()


@asynccontextmanager
async def one_projection(
    settings: Settings, data: Path, name: str
) -> AsyncIterator[tuple[Engine, Projection]]:
    """The projection of this name, and its service's engine; ``CliError`` where there is none."""
    async with readers(settings, data) as found:
        reader, projection = require_projection(found, name)
        yield reader.engine, projection


def require_projection(found: Sequence[Reader], name: str) -> tuple[Reader, Projection]:
    """The projection of this name, and who keeps it; ``CliError`` with all the names where there is none."""
    known = {each.name: (reader, each) for reader in found for each in reader.projections}
    if name not in known:
        raise CliError(f"there is no projection {name}; there are {', '.join(sorted(known))}", WRONG_USE)
    return known[name]


def addresses(settings: Settings, data: Path, schemas: list[str]) -> tuple[dict[str, str], Kafka]:
    """The URL of each schema, and Kafka."""
    if settings.database_url is not None or settings.kafka_bootstrap is not None:
        urls = database_urls(settings, schemas)
        refuse_plain_text(settings, urls)
        return urls, Kafka.configured(settings)
    there = running_servers(data, schemas)
    if there is None:
        raise CliError(f"no Almanac is running on {data}: start almanac up, or give --data")
    return there[0], Kafka.configured(settings, there[1])
