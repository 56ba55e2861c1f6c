"""Work that time brings: holds that have run out are ended, claims of the past are forgotten."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from backbone.privacy.errors import PrivacyError
from backbone.store.errors import StoreError
from backbone.store.store import Store
from services.booking.handling.erasing import Restored

__all__ = ["sweeping"]

logger = logging.getLogger(__name__)

EXPIRE_EVERY_SECONDS = 0.5
"""A hold that nobody else comes upon is published as expired within a second."""
ERASE_EVERY_SECONDS = 60.0
FORGET_EVERY_SECONDS = 6 * 3600.0


@asynccontextmanager
async def sweeping(store: Store, restored: Restored) -> AsyncIterator[None]:
    """Sweeps while the block runs; a server that is away is waited for."""
    tasks = [
        asyncio.create_task(_every(EXPIRE_EVERY_SECONDS, store.expire_holds), name="booking holds"),
        asyncio.create_task(_every(ERASE_EVERY_SECONDS, restored.erase), name="booking erasures"),
        asyncio.create_task(_every(FORGET_EVERY_SECONDS, store.forget_past), name="booking past"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _every(seconds: float, work: Callable[[], Awaitable[int]]) -> None:
    while True:
        try:
            await work()
        except (StoreError, PrivacyError, OSError, TimeoutError) as error:
            logger.warning("sweep failed", extra={"reason": type(error).__name__})
        except Exception:
            # Unforeseen, a bug: it must not be the last sweep.
            logger.exception("sweep failed")
        await asyncio.sleep(seconds)
