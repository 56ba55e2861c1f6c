"""``almanac bench overload``: what a house does that is asked for several times what it can do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count, islice
from time import perf_counter
from urllib.parse import urlsplit

import asyncpg
import psutil
from rich.console import Console

from bench.connection import encoded
from bench.flood import flood
from bench.house import House, open_house
from bench.measuring import Load, closed_loop
from bench.processes import processor_time
from bench.reporting import Bar, Kept, Result, publish
from bench.stages import Stage, back_after, stage_figure, stages_table

__all__ = ["bench_overload"]

CALLERS = 64
STAGES = (("calm", 0.7), ("2 times", 2.0), ("4 times", 4.0), ("calm again", 0.7))
"""Of the saturated rate."""
PROBE_PAUSE_SECONDS = 0.1
WARM_UP_SECONDS = 15.0
"""Until Kafka's JVM has compiled what it runs: before, the rate still doubles."""
BAR_GOODPUT = 0.8
BAR_SLOWER = 2.0
"""An accepted request's p99, in p99s of the saturated house."""


async def bench_overload(seconds: float, kept: Kept, console: Console, step: Callable[[str], None]) -> None:
    """The house saturated by callers who wait for their answers; then multiples of that rate, each for
    ``seconds``, offered by callers who do not; and whether what was answered is what was done."""
    step("starting everything on fresh data")
    async with open_house() as house:
        requests = _Requests(house)
        step(f"saturated by {CALLERS} callers")
        saturated = await _saturated(house, requests, seconds)
        stages: list[Stage] = []
        for name, times in STAGES:
            step(f"{name}: {times * saturated.rate:,.0f} a second offered")
            stages.append(await _stage(house, requests, name, times * saturated.rate, seconds))
        step("comparing with the store")
        wrong = await _wrong(house, stages)
    publish(_result(saturated, stages, wrong, seconds), kept, console, stage_figure(stages, saturated))


class _Requests:
    """Bookings that never meet, each with a name of its own by which the store knows it."""

    def __init__(self, house: House) -> None:
        address = urlsplit(house.installation.url)
        self.address = (address.hostname or "", address.port or 80)
        self._head = (
            f"POST /v1/appointments HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {house.token}"
            "\r\nContent-Type: application/json\r\n"
        )
        self._bodies = house.bookings()
        self._names = count()

    def bodies(self) -> Iterator[bytes]:
        return (encoded(body) for body in self._bodies)

    def next(self, number: int) -> list[bytes]:
        return [self._whole(next(self._names), body) for body in islice(self.bodies(), number)]

    def _whole(self, name: int, body: bytes) -> bytes:
        lines = f"X-Request-Id: flood-{name}\r\nIdempotency-Key: flood-{name}\r\n"
        return f"{self._head}{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _saturated(house: House, requests: _Requests, seconds: float) -> Load:
    desks = [house.connection() for _ in range(CALLERS)]
    await asyncio.gather(*(desk.open() for desk in desks))
    bodies, keys = requests.bodies(), count()

    async def book(caller: int) -> bool:
        key = f"Idempotency-Key: bench-{next(keys)}\r\n"
        status, _ = await desks[caller].request("POST", "/v1/appointments", next(bodies), key)
        return status == 201

    await closed_loop("warming up", CALLERS, WARM_UP_SECONDS, book)
    load = await closed_loop("saturated", CALLERS, seconds, book)
    for desk in desks:
        await desk.close()
    return load


async def _stage(house: House, requests: _Requests, name: str, offered: float, seconds: float) -> Stage:
    prepared = requests.next(int(offered * seconds))
    process = psutil.Process()
    before, all_before = processor_time(process), _busy()
    async with _probing(house) as probes:
        result = await flood(requests.address, prepared, offered)
    after, all_after = processor_time(process), _busy()
    lasted = perf_counter() - result.began
    cores = {name: (after[name] - before.get(name, 0.0)) / lasted for name in sorted(after)}
    cores["others"] = max(0.0, (all_after - all_before) / lasted - sum(cores.values()))
    return Stage.of(name, result, cores, probes)


def _busy() -> float:
    """Seconds of processor time that anything on this machine has used."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0)


@asynccontextmanager
async def _probing(house: House) -> AsyncIterator[list[float]]:
    """Asks for the house's health again and again; how many seconds each answer took, -1 where it was no."""
    probes: list[float] = []
    desk = house.connection()
    await desk.open()

    async def probe() -> None:
        while True:
            began = perf_counter()
            status, _ = await desk.request("GET", "/health/ready")
            probes.append(perf_counter() - began if status == 200 else -1.0)
            await asyncio.sleep(PROBE_PAUSE_SECONDS)

    probing = asyncio.create_task(probe())
    try:
        yield probes
    finally:
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing
        await desk.close()


async def _wrong(house: House, stages: Sequence[Stage]) -> tuple[int, int]:
    """How many answers of 201 are not in the store, and how many of 503 are."""
    urls = house.installation.database_urls
    booking = await asyncpg.connect(urls["booking"], server_settings={"search_path": "booking"})
    try:
        rows = await booking.fetch(
            """
            SELECT meta->>'correlation_id' AS name FROM stored_events
             WHERE meta->>'correlation_id' LIKE 'flood-%'
            """
        )
    finally:
        await booking.close()
    done = {int(row["name"].removeprefix("flood-")) for row in rows}
    statuses = [shot.status for stage in stages for shot in stage.flood.shots]
    missing = sum(status == 201 and name not in done for name, status in enumerate(statuses))
    done_all_the_same = sum(status == 503 and name in done for name, status in enumerate(statuses))
    return missing, done_all_the_same


def _result(saturated: Load, stages: Sequence[Stage], wrong: tuple[int, int], seconds: float) -> Result:
    calm, *overloads, after = stages
    back = back_after(after, BAR_SLOWER * calm.accepted.p99)
    bars = []
    for stage in overloads:
        slower = round(stage.accepted.p99 / saturated.p99, 2)
        bars += [
            Bar(f"{stage.name}, accepted p99", "times the saturated one's", BAR_SLOWER, slower),
            Bar(f"{stage.name}, accepted", "of the saturated rate", BAR_GOODPUT,
                round(stage.accepted.rate / saturated.rate, 2), at_least=True),
            Bar(f"{stage.name}, neither accepted nor refused", "", 1, stage.neither),
        ]  # fmt: skip
    missing, done_all_the_same = wrong
    bars += [
        Bar("answered 201 and not in the store", "", 1, missing),
        Bar("answered 503 and in the store", "", 1, done_all_the_same),
    ]
    return Result(
        "Overload",
        f"./almanac bench overload --seconds {seconds:g}",
        [saturated, *(stage.accepted for stage in stages)],
        tables=[stages_table(stages, saturated)],
        bars=bars,
        notes=["Bookings over HTTP, everything on. Saturated: 64 callers who wait for answers. Offered: "
               "each is sent when due, on a new connection where all others wait, and timed from when it was "
               "due (sent: from when it was sent). Refusal: p99 of a 503. Health: the slowest of ten "
               "questions a second. Lines: open connections.",
               f"After the last overload, p99 of each half second is within {BAR_SLOWER:g} times the calm "
               f"one from {back:.1f} s on." if back is not None else "It had not calmed down by the end.",
               *(f"{stage.name}, cores: " + ", ".join(f"{k} {v:.2f}" for k, v in stage.cores.items())
                 for stage in stages)],
        details={"stages": [stage.as_dict() for stage in stages], "back_after_seconds": back},
    )  # fmt: skip
