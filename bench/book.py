"""``almanac bench book``: bookings a second, in process and over HTTP with everything on."""

import json
from collections.abc import Callable
from itertools import count

from rich.console import Console

from backbone.embedded import DataDir, EmbeddedPostgres
from bench.book_in_process import CLAIMS, book_in_process
from bench.house import House, open_house, temporary_data
from bench.measuring import Load, closed_loop
from bench.processor_time import processor_time, spent
from bench.reporting import Kept, publish

__all__ = ["bench_book"]

CALLERS = (1, 8, 64)


async def bench_book(seconds: float, kept: Kept, console: Console, step: Callable[[str], None]) -> None:
    """Each load for ``seconds``, one after the other, on one fresh installation."""
    step("starting everything on fresh data")
    async with open_house() as house:
        step("booking over HTTP")
        before = processor_time(house.installation)
        over_http = await _over_http(house, seconds)
        bookings = sum(load.operations for load in over_http)
        costs = spent(before, processor_time(house.installation), bookings)
    step("booking in process")
    with temporary_data() as folder, DataDir(folder) as data:
        async with EmbeddedPostgres(data) as postgres:
            in_process = await book_in_process(postgres.url, CALLERS, seconds)
    told = ", ".join(f"{name} {cost:,.0f}" for name, cost in costs.items())
    publish(
        "Bookings",
        f"./almanac bench book --seconds {seconds:g}",
        [*in_process, *over_http],
        kept=kept,
        console=console,
        notes=[
            f"In process: {CLAIMS} claims a booking, through the batcher into PostgreSQL, fsync on.",
            "Over HTTP: one server process; token, validation, encryption, access record, idempotency key; "
            "relay and projections running; the load on the same machine.",
            f"Processor time a booking over HTTP, in microseconds: {told}.",
        ],
    )


async def _over_http(house: House, seconds: float) -> list[Load]:
    bodies, keys = house.bookings(), count()
    loads: list[Load] = []
    for callers in CALLERS:
        desks = [house.connection() for _ in range(callers)]

        async def book(caller: int) -> bool:
            key = f"Idempotency-Key: bench-{next(keys)}\r\n"
            status, answer = await desks[caller].request("POST", "/v1/appointments", next(bodies), key)  # noqa: B023 - done with before the next
            return status == 201 and json.loads(answer)["status"] == "booked"

        loads.append(await closed_loop("over HTTP", callers, seconds, book))
        for desk in desks:
            await desk.close()
    return loads
