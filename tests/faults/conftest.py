"""One Almanac of real processes under load for all faults here; what was told is judged when all are over."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from backbone.embedded import EmbeddedKafka, EmbeddedPostgres
from tests.chaos.ordeal import Ordeal, ordeal

TIMEOUT_SECONDS = 300


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def under(postgres_server: EmbeddedPostgres, kafka_server: EmbeddedKafka) -> AsyncIterator[Ordeal]:
    """Callers call all the while. The ordeal lives in a task of its own, as it began and ends there.

    The session's servers start before it, as it checks that nothing is left behind that began later.
    """
    ready: asyncio.Future[Ordeal] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def live() -> None:
        async with ordeal("faults", days=10) as it:
            ready.set_result(it)
            await over.wait()

    living = asyncio.create_task(live())
    await asyncio.wait((living, ready), return_when=asyncio.FIRST_COMPLETED)
    if living.done():
        living.result()
    yield ready.result()
    over.set()
    await living


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test opens the house and the last one judges it: a test that runs alone does both."""
    for item in items:
        if "under" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))
