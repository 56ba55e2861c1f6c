"""One running world per module that asks for it."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres
from tests.services.world import World, open_world
from tests.support.servers import fresh_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    postgres_server: EmbeddedPostgres, kafka_server: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Patient flow and projections on real servers."""
    folder: Path = tmp_path_factory.mktemp("world")
    async with (
        fresh_database(postgres_server) as url,
        open_world(url, kafka_server.bootstrap, f"t{secrets.token_hex(4)}.", folder) as opened,
    ):
        yield opened
