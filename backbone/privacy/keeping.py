"""Brings a rotation of the key-encryption key that somebody has begun to its end, in the background."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backbone.privacy.errors import PrivacyError
from backbone.privacy.rotation import Rotation

__all__ = ["keeping"]

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


@asynccontextmanager
async def keeping(rotation: Rotation, every_seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Looks for work every few seconds while the block runs; several processes may do so at once."""
    task = asyncio.create_task(_keep(rotation, every_seconds), name="vault keeping")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep(rotation: Rotation, every_seconds: float) -> None:
    while True:
        try:
            await rotation.finish()
        except PrivacyError as error:
            log.warning("data keys can't be wrapped anew now", extra={"reason": type(error).__name__})
        except Exception:
            # Unforeseen, a bug: it must not be the last time.
            log.exception("data keys can't be wrapped anew")
        await asyncio.sleep(every_seconds)
