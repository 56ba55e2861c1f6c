"""Who owns a projection's partitions, as the store of checkpoints tells it."""

from collections.abc import Mapping

import asyncpg

from tests.chaos.house import House
from tests.support.waiting import eventually

__all__ = ["epochs", "until_all_changed_hands"]

TAKEOVER_SECONDS = 45.0

EPOCHS = """
SELECT topic, partition, epoch FROM projection_checkpoints
 NATURAL JOIN projection_generations
 WHERE projection = $1 AND state = 'live'
"""


async def epochs(house: House, projection: str) -> Mapping[tuple[str, int], int]:
    """How often each partition has been taken over, by topic and number."""
    url = house.database_urls["projections"]
    connection = await asyncpg.connect(url, server_settings={"search_path": "projections"})
    try:
        rows = await connection.fetch(EPOCHS, projection)
    finally:
        await connection.close()
    return {(row["topic"], row["partition"]): row["epoch"] for row in rows}


async def until_all_changed_hands(
    house: House, projection: str, since: Mapping[tuple[str, int], int]
) -> None:
    """Until each partition has been taken over again."""

    async def changed() -> bool:
        now = await epochs(house, projection)
        return all(now[partition] > epoch for partition, epoch in since.items())

    await eventually(changed, within=TAKEOVER_SECONDS)
