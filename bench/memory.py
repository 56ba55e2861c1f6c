"""``almanac bench memory``: how much memory all of ``almanac up`` takes under load."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

import psutil
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from bench.connection import encoded, in_query
from bench.house import bookings
from bench.installed import Installed, open_installed
from bench.measuring import Load, open_loop
from bench.plotting import plain
from bench.processes import memory
from bench.reporting import Bar, Kept, Result, publish

__all__ = ["Sample", "bench_memory", "growth"]

CALLERS = 16
BAR_MEGABYTES = 1_200.0
SAMPLES = 300


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory at one instant, in MB by part."""

    seconds: float
    """Since the load began."""
    sizes: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.sizes.values())


async def bench_memory(
    minutes: float, rate: float, kept: Kept, console: Console, step: Callable[[str], None]
) -> None:
    """``rate`` requests a second for ``minutes``, half of them bookings, the others reads."""
    step("starting almanac up on fresh data")
    async with open_installed() as installed:
        samples: list[Sample] = []
        looking = asyncio.create_task(_look(installed.root, samples, minutes, step))
        try:
            load = await _work(installed, rate, minutes * 60)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
    publish(_result(samples, load, minutes, rate), kept, console, _figure(samples))


async def _look(
    root: psutil.Process, samples: list[Sample], minutes: float, step: Callable[[str], None]
) -> None:
    """Until cancelled; each look reads every process' page tables, so it is not done too often."""
    began, pause = perf_counter(), max(minutes * 60 / SAMPLES, 1.0)
    told = -1
    while True:
        sample = Sample(round(perf_counter() - began, 1), await asyncio.to_thread(memory, root))
        samples.append(sample)
        if (minute := int(sample.seconds // 60)) != told:
            told = minute
            step(f"minute {minute} of {minutes:g}: {sample.total:,.0f} MB")
        await asyncio.sleep(pause)


async def _work(installed: Installed, rate: float, seconds: float) -> Load:
    desks = [installed.connection() for _ in range(CALLERS)]
    asked = _requests(installed)

    async def ask(caller: int) -> bool:
        method, path, body = next(asked)
        status, _ = await desks[caller].request(method, path, body)
        return status in (200, 201)

    load = await open_loop(f"{rate:g}/s offered", rate, seconds, ask, CALLERS)
    for desk in desks:
        await desk.close()
    return load


def _requests(installed: Installed) -> Iterator[tuple[str, str, bytes | None]]:
    """Bookings, and between them calendars and searches for free times around what is booked."""
    for number, body in enumerate(bookings(installed.clinic)):
        yield "POST", "/v1/appointments", encoded(body)
        starts_at = datetime.fromisoformat(body["starts_at"])
        provider = body["resource_ids"][0]
        if number % 2:
            span = f"from={in_query(starts_at)}&to={in_query(starts_at + timedelta(days=7))}"
            yield "GET", f"/v1/availability?visit_type=bench&{span}&resource_id={provider}", None
        else:
            day = f"from={starts_at.date()}&to={starts_at.date() + timedelta(days=1)}"
            yield "GET", f"/v1/calendars/{provider}?{day}", None


def growth(samples: Sequence[Sample]) -> float:
    """MB an hour by least squares over the second half: the first fills caches and buffers."""
    later = samples[len(samples) // 2 :]
    hours = [sample.seconds / 3600 for sample in later]
    sizes = [sample.total for sample in later]
    middle, mean = sum(hours) / len(hours), sum(sizes) / len(sizes)
    spread = sum((hour - middle) ** 2 for hour in hours)
    if not spread:
        return 0.0
    return sum((h - middle) * (s - mean) for h, s in zip(hours, sizes, strict=True)) / spread


def _result(samples: Sequence[Sample], load: Load, minutes: float, rate: float) -> Result:
    highest = max(samples, key=lambda sample: sample.total)
    slope = growth(samples)
    table = Table(title="Resident memory, MB")
    for column in ("part", "first", "last", "highest"):
        table.add_column(column, justify="left" if column == "part" else "right")
    for part in sorted(highest.sizes, key=lambda part: -highest.sizes[part]):
        course = [sample.sizes.get(part, 0.0) for sample in samples]
        table.add_row(part, f"{course[0]:,.0f}", f"{course[-1]:,.0f}", f"{max(course):,.0f}")
    table.add_row("all", *(f"{each.total:,.0f}" for each in (samples[0], samples[-1], highest)))
    return Result(
        "Memory of almanac up under load",
        f"./almanac bench memory --minutes {minutes:g} --rate {rate:g}",
        [load],
        tables=[table],
        bars=[Bar("all processes together, highest", "MB", BAR_MEGABYTES, round(highest.total, 1))],
        notes=["Proportional set sizes of `almanac up` and every process below it (memory that they share is "
               "counted once), PostgreSQL's and Kafka's included, the load's not.",
               "Half of the requests are bookings, a quarter calendars, a quarter searches.",
               f"Growth over the second half: {slope:+,.0f} MB an hour."],
        details={"growth_mb_per_hour": round(slope, 1),
                 "samples": [{"seconds": each.seconds, **_rounded(each)} for each in samples]},
    )  # fmt: skip


def _rounded(sample: Sample) -> dict[str, float]:
    return {part: round(size, 1) for part, size in sample.sizes.items()}


def _figure(samples: Sequence[Sample]) -> Figure:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots()
    parts = sorted(samples[-1].sizes, key=lambda part: -samples[-1].sizes[part])
    minutes = [sample.seconds / 60 for sample in samples]
    courses = [[sample.sizes.get(part, 0.0) for sample in samples] for part in parts]
    colors = ["#33658a", "#86bbd8", "#f6ae2d", "#f26419", "#2f4858"]
    axes.stackplot(minutes, courses, labels=parts, colors=colors)
    axes.axhline(BAR_MEGABYTES, color="#999999", linestyle="--")
    axes.set_xlabel("minutes of load")
    axes.set_ylabel("MB")
    axes.legend(loc="lower right", fontsize=8)
    plain(axes)
    return figure
