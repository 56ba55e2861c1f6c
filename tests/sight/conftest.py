"""One house for all of this folder: it takes seconds to start."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.sight.house import House, open_house
from tests.support.servers import temporary_folder


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def house() -> AsyncIterator[House]:
    """With figures and traces on."""
    with temporary_folder() as folder:
        async with open_house(folder) as opened:
            yield opened
