"""``almanac bench pipeline``: how long from the commit of a booking until the calendar shows it."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import asyncpg
from rich.console import Console

from backbone.cloudevents.partition import partition_of
from bench.house import House, open_house
from bench.measuring import Load, open_loop
from bench.reporting import Bar, Kept, Result, publish

__all__ = ["bench_pipeline"]

TOPIC = "almanac.booking.appointments"
RATES = (100.0, 1_000.0)
DESKS = 64
PAUSE_SECONDS = 0.001
DEADLINE_SECONDS = 60.0

Bodies = Iterator[dict[str, Any]]
Seen = list[tuple[datetime, int]]
"""For one partition: from when on which sequence was applied."""


async def bench_pipeline(seconds: float, kept: Kept, console: Console, step: Callable[[str], None]) -> None:
    """Bookings offered at fixed rates over HTTP; of each, when PostgreSQL committed it and when the
    calendar's transaction that has it was visible to another connection, both by PostgreSQL's clock."""
    step("starting everything on fresh data")
    async with open_house() as house:
        bodies = house.bookings()
        loads: list[Load] = []
        for rate in RATES:
            step(f"{rate:,.0f} bookings a second")
            loads += await _at(house, bodies, rate, seconds)
    _, slow, _, fast = loads
    result = Result(
        "From commit to calendar",
        f"./almanac bench pipeline --seconds {seconds:g}",
        loads,
        bars=[Bar(f"{slow.name}, p50", "ms", 10, slow.p50), Bar(f"{slow.name}, p99", "ms", 25, slow.p99),
              Bar(f"{fast.name}, p99", "ms", 40, fast.p99)],
        notes=["Answered: from when a request was due (open loop) to its answer.",
               "Visible: from the commit to the calendar, the looking (about 2 ms) included."],
    )  # fmt: skip
    publish(result, kept, console)


async def _at(house: House, bodies: Bodies, rate: float, seconds: float) -> list[Load]:
    urls = house.installation.database_urls
    booking = await asyncpg.connect(urls["booking"], server_settings={"search_path": "booking"})
    calendars = await asyncpg.connect(urls["projections"], server_settings={"search_path": "projections"})
    try:
        first = await _last_sequence(booking) + 1
        watched: dict[int, Seen] = {}
        watching = asyncio.create_task(_watch(calendars, watched))
        answered = await _offer(house, bodies, rate, seconds)
        last = await _last_sequence(booking)
        await _until_applied(booking, watched, last)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        times = _delays(await _committed(booking, first, last), watched)
    finally:
        await booking.close()
        await calendars.close()
    return [answered, Load.of(f"visible at {rate:,.0f}/s", 0, answered.seconds, times, 0)]


async def _offer(house: House, bodies: Bodies, rate: float, seconds: float) -> Load:
    desks = [house.connection() for _ in range(DESKS)]

    async def book(desk: int) -> bool:
        status, _ = await desks[desk].request("POST", "/v1/appointments", next(bodies))
        return status == 201

    load = await open_loop(f"answered at {rate:,.0f}/s", rate, seconds, book, DESKS)
    for desk in desks:
        await desk.close()
    return load


async def _last_sequence(booking: "asyncpg.Connection[asyncpg.Record]") -> int:
    asked = "SELECT coalesce(max(sequence), 0) FROM stored_events WHERE kafka_topic = $1"
    return int(await booking.fetchval(asked, TOPIC))


async def _committed(
    booking: "asyncpg.Connection[asyncpg.Record]", first: int, last: int
) -> Sequence[tuple[int, int, datetime]]:
    """Of each event: the partition it goes to, its sequence, and when it was committed."""
    rows = await booking.fetch(
        """
        SELECT originator_id, sequence, recorded_at FROM stored_events
         WHERE kafka_topic = $1 AND sequence BETWEEN $2 AND $3
        """,
        TOPIC,
        first,
        last,
    )
    return [(partition_of(str(row[0])), int(row[1]), row[2]) for row in rows]


async def _watch(calendars: "asyncpg.Connection[asyncpg.Record]", watched: dict[int, Seen]) -> None:
    """Notes what the calendar's checkpoints say, which are written together with its rows."""
    asked = await calendars.prepare(
        """
        SELECT c.partition, c.sequence, clock_timestamp()
          FROM projection_checkpoints AS c
          JOIN projection_generations AS g USING (projection, generation)
         WHERE g.state = 'live' AND c.projection = 'calendars' AND c.topic = $1
        """
    )
    while True:
        for partition, sequence, at in await asked.fetch(TOPIC):
            seen = watched.setdefault(partition, [])
            if not seen or seen[-1][1] < sequence:
                seen.append((at, sequence))
        await asyncio.sleep(PAUSE_SECONDS)


async def _until_applied(
    booking: "asyncpg.Connection[asyncpg.Record]", watched: dict[int, Seen], last: int
) -> None:
    """Waits for the last event of every partition."""
    wanted: dict[int, int] = {}
    for partition, sequence, _ in await _committed(booking, 1, last):
        wanted[partition] = max(wanted.get(partition, 0), sequence)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not all(_reached(watched, partition, last) for partition, last in wanted.items()):  # noqa: ASYNC110 - another task fills it
            await asyncio.sleep(PAUSE_SECONDS)


def _reached(watched: dict[int, Seen], partition: int, sequence: int) -> bool:
    return partition in watched and watched[partition][-1][1] >= sequence


def _delays(committed: Sequence[tuple[int, int, datetime]], watched: dict[int, Seen]) -> list[float]:
    """Seconds from each commit to the first look that found it applied."""
    delays: list[float] = []
    for partition, sequence, at in committed:
        seen = watched[partition]
        first = bisect_left(seen, sequence, key=lambda entry: entry[1])
        delays.append((seen[first][0] - at).total_seconds())
    return delays
