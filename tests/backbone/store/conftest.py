"""A migrated database for each test, and what most tests say again and again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from backbone.clock import ManualClock
from backbone.store.store import Store
from tests.backbone.store.clinic import clinic_store, migrated


@pytest.fixture
async def clinic(database: str) -> str:
    """URL of a database with the store's tables."""
    await migrated(database)
    return database


@pytest.fixture
def clock() -> ManualClock:
    """Stands at a Monday morning."""
    return ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture
async def store(clinic: str, clock: ManualClock) -> AsyncIterator[Store]:
    """An open store by that clock."""
    async with clinic_store(clinic, clock) as store:
        yield store
