"""Starting a Kafka client so that giving up waits for it: aiokafka can't be cut off in the middle."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

__all__ = ["started"]


@asynccontextmanager
async def started(
    start: Coroutine[Any, Any, object], *, within: float | None = None, patience: float = 5.0
) -> AsyncIterator[None]:
    """Runs ``start``, and the block once it is through; ``TimeoutError`` after ``within`` seconds.

    A start that is cancelled half way would leave a connection open that nobody knows of. So it goes on even
    where the caller is cancelled, for ``patience`` seconds at most. Stopping the client is the caller's.
    """
    starting = asyncio.create_task(start)
    try:
        async with asyncio.timeout(within):
            await asyncio.shield(starting)
        yield
    finally:
        await asyncio.wait([starting], timeout=patience)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
