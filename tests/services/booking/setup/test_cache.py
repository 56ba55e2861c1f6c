"""PostgreSQL has stopped: who waits behind a look at the setup does not wait for one look after the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from backbone.store.errors import StoreUnavailable
from backbone.store.reader import Reader
from services.booking.setup.cache import SetupCache

STALLS = 0.05


class Stopped:
    """Answers nobody."""

    looks = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        self.looks += 1
        await asyncio.sleep(STALLS)
        raise StoreUnavailable("stopped")
        yield


@pytest.mark.parametrize(("stalled_after", "looks"), [(STALLS / 10, 1), (100 * STALLS, 3)])
async def test_a_look_that_stalled_is_one_for_all_who_waited(
    stalled_after: float, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.booking.setup.cache.STALLED_SECONDS", stalled_after)
    store = Stopped()
    cache = SetupCache(cast(Reader, store))
    told = await asyncio.gather(*(cache.refresh() for _ in range(3)), return_exceptions=True)
    assert all(isinstance(each, StoreUnavailable) for each in told)
    assert store.looks == looks
    with pytest.raises(StoreUnavailable):
        await cache.refresh()
    assert store.looks == looks + 1, "who comes later asks anew"
