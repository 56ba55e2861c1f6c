"""What every benchmark needs: load by a number of callers or at a fixed rate, and honest percentiles."""

import asyncio
import os
import platform
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from time import perf_counter

__all__ = ["Load", "Machine", "closed_loop", "open_loop", "percentile"]


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that a figure was measured on: without it, the figure means nothing."""

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str

    @classmethod
    def here(cls) -> "Machine":
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return cls(
            processor=_processor(),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            memory_gib=round(memory, 1),
            system=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
        )

    def __str__(self) -> str:
        return f"{self.processor}, {self.cores} cores, {self.memory_gib} GiB, Python {self.python}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return platform.processor() or platform.machine()


@dataclass(frozen=True, slots=True)
class Load:
    """The result of one load. Times are in milliseconds, the rate in operations a second."""

    name: str
    callers: int
    operations: int
    failures: int
    seconds: float
    rate: float
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, name: str, callers: int, seconds: float, times: Sequence[float], failures: int) -> "Load":
        """From the seconds that each operation took."""
        sorted_times = sorted(times) or [0.0]
        return cls(
            name=name,
            callers=callers,
            operations=len(times),
            failures=failures,
            seconds=round(seconds, 3),
            rate=round(len(times) / seconds, 1),
            p50=round(percentile(sorted_times, 50) * 1000, 2),
            p95=round(percentile(sorted_times, 95) * 1000, 2),
            p99=round(percentile(sorted_times, 99) * 1000, 2),
            worst=round(sorted_times[-1] * 1000, 2),
        )

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def percentile(sorted_values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of values in ascending order."""
    rank = max(1, -(-len(sorted_values) * percent // 100))
    return sorted_values[int(rank) - 1]


async def closed_loop(
    name: str, callers: int, seconds: float, operation: Callable[[int], Awaitable[bool]]
) -> Load:
    """``callers`` who each ask again as soon as they are answered; ``operation(caller)`` tells success."""
    times: list[float] = []
    failures = 0
    end = perf_counter() + seconds

    async def call(caller: int) -> None:
        nonlocal failures
        while (began := perf_counter()) < end:
            succeeded = await operation(caller)
            times.append(perf_counter() - began)
            failures += not succeeded

    began = perf_counter()
    await asyncio.gather(*(call(caller) for caller in range(callers)))
    return Load.of(name, callers, perf_counter() - began, times, failures)


async def open_loop(
    name: str,
    per_second: float,
    seconds: float,
    operation: Callable[[int], Awaitable[bool]],
    callers: int = 64,
) -> Load:
    """Operations begin when they are due, or when one of ``callers`` is free, and each is timed from when it
    was due: an answer that keeps others waiting counts for all of them (no coordinated omission)."""
    times: list[float] = []
    failures = 0
    due = iter(range(int(per_second * seconds)))
    start = perf_counter()

    async def call(caller: int) -> None:
        nonlocal failures
        for number in due:
            begin = start + number / per_second
            wait = begin - perf_counter()
            if wait > 0:
                # uvloop's timers have whole milliseconds; rounded down, an operation would begin early.
                await asyncio.sleep(ceil(wait * 1000) / 1000)
            succeeded = await operation(caller)
            times.append(perf_counter() - begin)
            failures += not succeeded

    await asyncio.gather(*(call(caller) for caller in range(callers)))
    return Load.of(name, 0, perf_counter() - start, times, failures)
