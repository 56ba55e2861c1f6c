"""Fills a store's tables with a long history, faster than the store itself would."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg

from backbone.ids import new_id
from bench.lives import TOPIC, Pattern, patterns

__all__ = ["STANDING", "fill"]

NAMES = ("appointment", "patient", "provider", "room", "start", "end")
"""A pattern's places, in the order in which the statement fills them."""
HERE = Path(__file__).parent
FILL = (HERE / "filling.sql").read_text()
CLAIM = (HERE / "standing_claims.sql").read_text()
PLACES = 200
CHUNK = 100_000
"""Events in one transaction."""
AT_ONCE = 2
STANDING = 50_000
"""Visits still to come, whose claims stand."""


async def fill(database_url: str, schema: str, events: int, step: Callable[[str], None]) -> None:
    """``events`` events of half as many appointments; afterwards the tables are vacuumed and on disk."""
    providers, rooms = ([new_id() for _ in range(PLACES)] for _ in range(2))
    kinds = patterns()
    booked, confirmed = kinds["booked"], kinds["confirmed"]
    starts = iter(range(0, events, CHUNK))

    async def some() -> None:
        connection = await _connect(database_url, schema)
        for start in starts:
            step(f"filling: {start:,} of {events:,} events")
            await connection.execute(
                FILL, min(CHUNK, events - start) // 2, start, _format(booked), _format(confirmed),
                booked.type, confirmed.type, providers, rooms, TOPIC,
            )  # fmt: skip
        await connection.close()

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    connection = await _connect(database_url, schema)
    step("filling: claims of what is to come")
    await connection.execute(CLAIM, STANDING, providers, rooms)
    step("filling: vacuum and checkpoint")
    await connection.execute("VACUUM (ANALYZE)")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def _connect(database_url: str, schema: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(database_url, server_settings={"search_path": schema})


def _format(pattern: Pattern) -> str:
    """As PostgreSQL's ``format`` takes it."""
    state = pattern.state.decode()
    for number, name in enumerate(NAMES, 1):
        state = state.replace(f"%({name})b", f"%{number}$s")
    return state
