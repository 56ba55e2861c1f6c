"""``almanac bench book``: bookings a second, in process and over HTTP with everything on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import count

import psutil
from rich.console import Console

from backbone.embedded import DataDir, EmbeddedPostgres
from bench.connection import encoded
from bench.decisions import CLAIMS
from bench.house import House, open_house, temporary_data
from bench.in_process import book_in_process
from bench.measuring import Load, closed_loop, open_loop
from bench.processes import processor_time, spent
from bench.reporting import Bar, Kept, Result, publish

__all__ = ["bench_book"]

CALLERS = (1, 8, 64)
OPEN_CALLERS = 64
BAR_PER_SECOND = 3_500.0
BAR_MILLISECONDS = 25.0

Costs = Mapping[str, float]


async def bench_book(
    seconds: float, offered: float, kept: Kept, console: Console, step: Callable[[str], None]
) -> None:
    """Each load for ``seconds``, one after the other, on one fresh installation; the last one offers
    ``offered`` bookings a second, whether or not they are answered in time."""
    step("starting everything on fresh data")
    loads: list[Load] = []
    costs: list[Costs] = []
    async with open_house() as house, _desk(house) as book:
        await closed_loop("warming up", OPEN_CALLERS, 2.0, book)
        for callers in CALLERS:
            step(f"over HTTP, {callers} callers")
            load, cost = await _counted(closed_loop("over HTTP", callers, seconds, book))
            loads.append(load)
            costs.append(cost)
        step(f"over HTTP, {offered:,.0f} a second offered")
        name = f"over HTTP, {offered:,.0f}/s offered"
        load, cost = await _counted(open_loop(name, offered, seconds, book, OPEN_CALLERS))
        loads.append(load)
        costs.append(cost)
    step("in process")
    with temporary_data() as folder, DataDir(folder) as data:
        async with EmbeddedPostgres(data) as postgres:
            in_process = await book_in_process(postgres.url, CALLERS, seconds)
    *_, closed, offering = loads
    publish(
        Result(
            "Bookings",
            f"./almanac bench book --seconds {seconds:g} --offered {offered:g}",
            [*in_process, *loads],
            bars=[
                Bar("over HTTP, 64 callers", "/s", BAR_PER_SECOND, closed.rate, at_least=True),
                Bar(f"{offering.name}, p99", "ms", BAR_MILLISECONDS, offering.p99),
            ],
            notes=[f"In process: {CLAIMS} claims a booking, through the batcher into PostgreSQL, fsync on.",
                   "Over HTTP: one server process; token, validation, encryption, access record, idempotency "
                   "key; relay and projections running.",
                   "Offered: timed from when a booking was due, whatever came before it; 64 connections.",
                   "The load runs on the same cores and is counted among what they do. Processor time a "
                   f"booking, in microseconds, 64 callers: {_told(costs[-2])}; offered: {_told(costs[-1])}."],
        ),
        kept,
        console,
    )  # fmt: skip


@asynccontextmanager
async def _desk(house: House) -> AsyncIterator[Callable[[int], Awaitable[bool]]]:
    """What a caller does: books the next visit with a new key; each has a connection that stays."""
    bodies, keys = _encoded(house), count()
    desks = [house.connection() for _ in range(max(*CALLERS, OPEN_CALLERS))]
    await asyncio.gather(*(desk.open() for desk in desks))

    async def book(caller: int) -> bool:
        key = f"Idempotency-Key: bench-{next(keys)}\r\n"
        status, answer = await desks[caller].request("POST", "/v1/appointments", next(bodies), key)
        return status == 201 and b'"status":"booked"' in answer

    yield book
    for desk in desks:
        await desk.close()


def _encoded(house: House) -> Iterator[bytes]:
    return (encoded(body) for body in house.bookings())


async def _counted(load: Awaitable[Load]) -> tuple[Load, Costs]:
    """The load, and what each of its operations cost by process."""
    before = processor_time(psutil.Process())
    result = await load
    return result, spent(before, processor_time(psutil.Process()), result.operations)


def _told(costs: Costs) -> str:
    return ", ".join(f"{name} {cost:,.0f}" for name, cost in costs.items())
