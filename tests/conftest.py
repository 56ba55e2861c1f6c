"""Real servers for each process of the run, started when its first test asks for them."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer

from backbone.embedded.datadir import DataDir
from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres
from tests.support.servers import SessionServers, fresh_database, run_apart, temporary_folder
from tests.support.sharing import Sharing, in_order

QUICK: dict[str, str] = {
    # Nothing here outlives the machine; what a killed server had written is kept by the system all the same.
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Where the session's servers keep their data."""
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def server_data(server_folder: Path) -> Iterator[DataDir]:
    """The session's data directory."""
    with DataDir(server_folder) as data:
        yield data


@pytest.fixture(scope="session")
def postgres_server(server_data: DataDir) -> Iterator[EmbeddedPostgres]:
    """The session's PostgreSQL; a test that kills it starts it again."""
    server = EmbeddedPostgres(server_data, QUICK)
    run_apart(server.start())
    yield server
    run_apart(server.stop())


@pytest.fixture
async def database(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """URL of a new empty database, with all rights."""
    async with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def kafka_server(server_data: DataDir) -> Iterator[EmbeddedKafka]:
    """The session's Kafka; a test that kills it starts it again."""
    server = EmbeddedKafka(server_data)
    run_apart(server.start())
    yield server
    run_apart(server.stop())


@pytest.fixture
def kafka(kafka_server: EmbeddedKafka) -> str:
    """Bootstrap address of the session's Kafka. Topics are not made by themselves: create them."""
    return kafka_server.bootstrap


@pytest.fixture
def servers(postgres_server: EmbeddedPostgres, kafka_server: EmbeddedKafka) -> SessionServers:
    """Both of the session's servers, for tests that kill, freeze and restart them."""
    return SessionServers(postgres_server, kafka_server)


@pytest.fixture
def topic_prefix() -> str:
    """Sets a test's topics and groups apart from all others on the same broker."""
    return f"t{secrets.token_hex(4)}."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: in_order(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    """Where several processes share the tests (`almanac test`)."""
    return Sharing(config, log)
