"""``almanac bench rebuild``: the calendars built anew from what Kafka has."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice
from statistics import median
from time import perf_counter

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from backbone.embedded import Embedded
from backbone.kafka import Kafka
from backbone.memory import settle_memory
from backbone.privacy.keyfile import RootKey
from backbone.privacy.letters import LetterSeal
from backbone.projecting.engine import Engine, projection_pool
from backbone.projecting.helping import Opener
from backbone.projecting.rebuilding import Progress, rebuild
from backbone.projecting.replaying import alone
from backbone.relay.publisher import publishing
from bench.house import temporary_data
from bench.lives import lives
from bench.plotting import BLUE, plain
from bench.reporting import Bar, Kept, Result, publish
from cli.catalogue import SCHEMAS, load
from cli.preparing import migrate_all, prepare_topics
from services.projections.calendars.projection import Calendars
from services.projections.service import ProjectionsService

__all__ = ["bench_rebuild"]

SCHEMA = ProjectionsService.schema
PAGE = 2_000
BAR_PER_SECOND = 180_000.0


async def bench_rebuild(
    events: int, rounds: int, processes: int, kept: Kept, console: Console, step: Callable[[str], None]
) -> None:
    """Fills the topic once, then builds ``rounds`` generations, one after the other, each timed whole."""
    step("starting PostgreSQL and Kafka")
    async with _servers() as (kafka, opener):
        began = perf_counter()
        await _fill(kafka, events, step)
        filling = perf_counter() - began
        settle_memory()
        seconds = [
            await _rebuilt(opener, processes, events, f"rebuild {n + 1} of {rounds}", step)
            for n in range(rounds)
        ]
    rates = [round(events / each, 1) for each in seconds]
    table = Table(title=f"Calendars from {events:,} events")
    for column in ("rebuild", "seconds", "events a second"):
        table.add_column(column, justify="right")
    for number, (lasted, rate) in enumerate(zip(seconds, rates, strict=True), 1):
        table.add_row(str(number), f"{lasted:.2f}", f"{rate:,.0f}")
    publish(
        Result(
            "Rebuild of the calendars",
            f"./almanac bench rebuild --events {events} --rounds {rounds} --processes {processes}",
            tables=[table],
            bars=[Bar("events, median", "/s", BAR_PER_SECOND, median(rates), at_least=True)],
            notes=[f"From the start of the rebuild to the flip, in {processes} of its processes, their start "
                   "included; into PostgreSQL, with Kafka on the same machine and nothing else at work.",
                   "The topic was filled with the production encoder and publisher, in transactions of "
                   f"{PAGE:,} events, not through the store: {events / filling:,.0f} a second."],
            details={"events": events, "processes": processes, "rates": rates, "median": median(rates),
                     "seconds": [round(each, 3) for each in seconds]},
        ),
        kept,
        console,
        _figure(rates),
    )  # fmt: skip


@asynccontextmanager
async def _servers() -> AsyncIterator[tuple[Kafka, Opener]]:
    """Both servers with every table and topic, and no service running."""
    with temporary_data() as folder:
        async with Embedded(folder, SCHEMAS) as servers:
            services = await asyncio.to_thread(load)
            assert servers.kafka_bootstrap is not None
            kafka = Kafka(servers.kafka_bootstrap)
            await asyncio.gather(
                migrate_all(services, servers.database_urls), prepare_topics(services, kafka)
            )
            yield kafka, partial(_calendars, servers.database_urls[SCHEMA], kafka, os.urandom(32))


@asynccontextmanager
async def _calendars(database_url: str, kafka: Kafka, root: bytes) -> AsyncIterator[tuple[Engine, Calendars]]:
    async with await projection_pool(database_url, SCHEMA) as pool:
        yield Engine(pool, kafka, ProjectionsService.name, LetterSeal(RootKey(root))), Calendars()


async def _fill(kafka: Kafka, events: int, step: Callable[[str], None]) -> None:
    source = lives(events)
    async with publishing(kafka, "almanac-bench", "https://bench.almanac.example") as publisher:
        written = 0
        while page := list(islice(source, PAGE)):
            if written % 100_000 == 0:
                step(f"writing events to Kafka: {written:,} of {events:,}")
            await publisher.publish(page)
            written += len(page)


async def _rebuilt(
    opener: Opener, processes: int, events: int, name: str, step: Callable[[str], None]
) -> float:
    """Seconds that it took; RuntimeError where the calendars miss anything."""
    step(name)
    told = 0.0

    def progress(now: Progress) -> None:
        nonlocal told
        done = 1 - now.left / max(now.total, 1)
        if done - told >= 0.25:
            told = done
            step(f"{name}: {done:.0%}")

    async with opener() as (engine, calendars):
        began = perf_counter()
        with alone(engine) as ours:
            generation = await rebuild(ours, calendars, progress, [opener] * (processes - 1))
        seconds = perf_counter() - began
        versions = await engine.pool.fetchval(
            f"SELECT coalesce(sum(version), 0)::bigint FROM calendar_appointments_g{generation}"
        )
    if versions != events:
        raise RuntimeError(f"the calendars have {versions:,} of {events:,} events")
    return seconds


def _figure(rates: list[float]) -> Figure:
    figure = Figure(figsize=(9, 3), layout="constrained")
    axes = figure.subplots()
    axes.bar([str(number + 1) for number in range(len(rates))], rates, color=BLUE, width=0.6)
    axes.axhline(BAR_PER_SECOND, color="#999999", linestyle="--")
    axes.set_xlabel("rebuild")
    axes.set_ylabel("events a second")
    plain(axes)
    return figure
