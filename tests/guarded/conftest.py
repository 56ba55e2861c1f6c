"""A broker that allows nothing by itself, one for all tests of this folder."""

from collections.abc import Iterator

import asyncpg
import pytest

from backbone.embedded.datadir import DataDir
from tests.backbone.projecting.conftest import ENGINE_TABLES
from tests.backbone.relay.conftest import CURSOR_TABLE, SCHEMA
from tests.support.guarded_kafka import GuardedKafka
from tests.support.servers import run_apart, temporary_folder


@pytest.fixture(scope="session")
def guarded() -> Iterator[GuardedKafka]:
    """Running."""
    with temporary_folder() as folder, DataDir(folder) as data:
        server = GuardedKafka(data)
        run_apart(server.start())
        yield server
        run_apart(server.stop())


@pytest.fixture
async def sample_database(database: str) -> str:
    """With the tables of a relay and of projections."""
    connection = await asyncpg.connect(database)
    await connection.execute(f"CREATE SCHEMA {SCHEMA}; SET search_path TO {SCHEMA};")
    await connection.execute(CURSOR_TABLE + ENGINE_TABLES)
    await connection.close()
    return database
