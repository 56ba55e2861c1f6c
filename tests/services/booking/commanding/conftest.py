"""Booking with a small clinic and a lab that sends it commands, one per module that asks for it."""

import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres
from tests.services.booking.commanding.commanded import Commanded, open_commanded
from tests.support.servers import fresh_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unattended(
    postgres_server: EmbeddedPostgres, kafka_server: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Commanded]:
    """Nobody consumes: each test starts whom it needs."""
    folder = tmp_path_factory.mktemp("commanding")
    async with (
        fresh_database(postgres_server) as url,
        open_commanded(url, kafka_server.bootstrap, f"t{secrets.token_hex(4)}.", folder) as opened,
    ):
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(unattended: Commanded) -> AsyncIterator[Commanded]:
    """One consumer."""
    async with unattended.consumer():
        yield unattended
