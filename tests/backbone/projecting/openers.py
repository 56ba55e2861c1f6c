"""What a rebuild's helpers open in their own processes, well or badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backbone.kafka import Kafka
from backbone.projecting import Projection
from backbone.projecting.engine import Engine, projection_pool
from tests.backbone.projecting.conftest import LETTERS, SCHEMA
from tests.backbone.projecting.stays import Stays


@asynccontextmanager
async def stays(database: str, kafka: Kafka) -> AsyncIterator[tuple[Engine, Projection]]:
    async with await projection_pool(database, SCHEMA) as pool:
        yield Engine(pool, kafka, "sample", LETTERS), Stays()


@asynccontextmanager
async def never() -> AsyncIterator[tuple[Engine, Projection]]:
    print("opening", flush=True)
    await asyncio.Event().wait()
    raise AssertionError
    yield


@asynccontextmanager
async def failing() -> AsyncIterator[tuple[Engine, Projection]]:
    raise ValueError("Ngozi Okafor")
    yield
