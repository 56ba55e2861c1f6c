"""One booking service per module that asks for it, with a small clinic."""

import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres
from tests.services.booking.serving import Front, open_front
from tests.support.servers import fresh_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(
    postgres_server: EmbeddedPostgres, kafka_server: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Front]:
    """Main in New York: Adams, Baker, a room, check-ups; a branch in Berlin; Ann Alba and Bob Boyle."""
    folder = tmp_path_factory.mktemp("booking")
    async with (
        fresh_database(postgres_server) as url,
        open_front(url, kafka_server.bootstrap, f"t{secrets.token_hex(4)}.", folder) as opened,
    ):
        await opened.facility("Main")
        await opened.facility("Branch", "Europe/Berlin")
        await opened.visit_type("check-up")
        await opened.resource("Adams", "Main")
        await opened.resource("Baker", "Main", specialties=["radiology"])
        await opened.resource("Room 1", "Main", "room", hours=False)
        await opened.resource("Weber", "Branch")
        await opened.patient("Alba", "Ann Maria", "1970-01-31")
        await opened.patient("Boyle", "Bob", "1981-11-05")
        yield opened
