"""A migrated vault, and the privacy backbone on it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import backbone.privacy
from backbone.clock import ManualClock
from backbone.privacy.access import Access
from backbone.privacy.database import Pool, open_pool
from backbone.privacy.keyfile import RootKey
from backbone.privacy.privacy import Privacy, open_privacy
from backbone.store.migrating import migrate

MIGRATIONS = Path(backbone.privacy.__file__).parent / "migrations"
ROOT = RootKey(bytes(range(32)))


@pytest.fixture
async def vault_url(database: str) -> str:
    """URL of a database whose schema ``vault`` is there and empty."""
    await migrate(database, "vault", MIGRATIONS)
    return database


@pytest.fixture
async def pool(vault_url: str) -> AsyncIterator[Pool]:
    async with open_pool(vault_url) as opened:
        yield opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2031, 3, 4, 9, 0, tzinfo=UTC))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a key file that has a root and nothing more."""
    RootKey.load_or_create(tmp_path / "key")
    return tmp_path / "key"


@pytest.fixture
async def privacy(vault_url: str, clock: ManualClock) -> AsyncIterator[Privacy]:
    async with open_privacy(vault_url, ROOT, clock) as opened:
        yield opened


@pytest.fixture
def access() -> Access:
    return Access(
        actor_id="u-7f3a",
        auth_type="user",
        roles=("scheduler",),
        purpose="TREAT",
        action="patients.search",
        request_id="r-1",
    )
