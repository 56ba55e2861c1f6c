"""``almanac bench history``: does a booking take longer when there are five million events already?"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

from rich.console import Console

from backbone.embedded import DataDir, EmbeddedPostgres
from backbone.store.decision import Decision
from backbone.store.migrating import migrate
from backbone.store.store import Store
from bench.databases import make_database
from bench.decisions import CLAIMS, bookings
from bench.filling import STANDING, fill
from bench.house import temporary_data
from bench.in_process import open_store, submitted
from bench.measuring import Load
from bench.reporting import Bar, Kept, Result, publish
from bench.rounds import Ratio, Series, alternate
from services.booking.service import BookingService

__all__ = ["bench_history"]

CALLERS = 8
WARM_SECONDS = 2.0
BAR = 1.3


async def bench_history(
    events: int, seconds: float, rounds: int, kept: Kept, console: Console, step: Callable[[str], None]
) -> None:
    """Two stores on one PostgreSQL, one empty and one full, have their turns of ``seconds``."""
    step("starting PostgreSQL")
    with temporary_data() as folder, DataDir(folder) as data:
        async with EmbeddedPostgres(data) as postgres, AsyncExitStack() as stack:
            contenders: dict[str, Callable[[], Awaitable[Load]]] = {}
            url = await make_database(postgres, "stores")
            await migrate(url, "full_store", BookingService.migrations)
            await fill(url, "full_store", events, step)
            for name, schema in (("empty", "empty_store"), (f"{events:,} events", "full_store")):
                store = await stack.enter_async_context(open_store(url, schema))
                decisions = bookings()
                step(f"warming up: {name}")
                await submitted(name, store, decisions, CALLERS, WARM_SECONDS)
                contenders[name] = _booking(name, store, decisions, seconds)
            series = await alternate(contenders, rounds, step)
    command = f"./almanac bench history --events {events} --seconds {seconds:g} --rounds {rounds}"
    publish(_result(series, command), kept, console)


def _booking(
    name: str, store: Store, decisions: Iterator[Decision], seconds: float
) -> Callable[[], Awaitable[Load]]:
    return lambda: submitted(name, store, decisions, CALLERS, seconds)


def _result(series: list[Series], command: str) -> Result:
    empty, full = series
    ratios = [
        Ratio.of(f"{figure}, full : empty", full.values(figure), empty.values(figure))
        for figure in ("p50", "p99")
    ]
    return Result(
        "Booking into a full and into an empty store",
        command,
        series=series,
        ratios=ratios,
        bars=[Bar(ratio.name, "times", BAR, ratio.median) for ratio in ratios],
        notes=[f"In process, {CLAIMS} claims a booking, {CALLERS} callers, fsync on.",
               "The full store was filled by SQL with rows as the store writes them, and the claims of "
               f"{STANDING:,} visits to come; vacuumed and on disk before the first round.",
               "The empty store grows by what it is asked to book."],
    )  # fmt: skip
