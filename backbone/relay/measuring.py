"""How far a relay is behind its store, looked up now and then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from backbone.relay.relay import Relay
from backbone.store.errors import StoreUnavailable
from backbone.store.reader import Reader
from backbone.telemetry.relay_figures import RelayFigures

__all__ = ["measure", "measured"]

EVERY_SECONDS = 5.0

STANDING = """
SELECT coalesce((SELECT max(notification_id) FROM stored_events), 0) AS head,
       coalesce((SELECT position FROM relay_cursor WHERE relay = $1), 0) AS noted
"""


@asynccontextmanager
async def measured(relay: Relay, store: Reader) -> AsyncIterator[None]:
    """Measures while the block runs, in every process that could lead: so it shows when nobody does."""

    async def measuring() -> None:
        while (figures := relay.figures) is not None:
            with suppress(StoreUnavailable):
                await measure(relay, store, figures)
            await asyncio.sleep(EVERY_SECONDS)

    task = asyncio.create_task(measuring(), name=f"{relay.name} figures")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def measure(relay: Relay, store: Reader, figures: RelayFigures) -> None:
    """Measures once. A process that does not lead reads the position that the leader notes every second."""
    figures.leads(relay.leads)
    async with store.reading() as connection:
        row = await connection.fetchrow(STANDING, relay.name)
    if row is not None:
        position = relay.position if relay.leads else row["noted"]
        figures.stands(position, max(row["head"], position))
