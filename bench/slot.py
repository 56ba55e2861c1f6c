"""``almanac bench slot``: fifty callers want one slot at once; how long until all are answered."""

import asyncio
import json
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from rich.console import Console

from bench.connection import Connection, encoded
from bench.house import House, open_house
from bench.measuring import Load
from bench.reporting import Bar, Kept, Result, publish

__all__ = ["bench_slot", "one_winner"]

CALLERS = 50
WARM_RACES = 30
BAR_MILLISECONDS = 20.0

Answers = list[tuple[int, bytes]]


async def bench_slot(races: int, kept: Kept, console: Console, step: Callable[[str], None]) -> None:
    """``races`` races, one after the other, each for another slot."""
    step("starting everything on fresh data")
    async with open_house() as house:
        desks = [house.connection() for _ in range(CALLERS)]
        await asyncio.gather(*(desk.open() for desk in desks))
        wanted = _wanted(house)
        step("warming up")
        for _ in range(WARM_RACES):
            await _race(desks, next(wanted))
        step(f"{races} races of {CALLERS} callers")
        whole, each, wrong = [], [], 0
        began = perf_counter()
        for _ in range(races):
            seconds, times, answers = await _race(desks, next(wanted))
            whole.append(seconds)
            each += times
            wrong += not one_winner(answers)
        lasted = perf_counter() - began
        for desk in desks:
            await desk.close()
    all_answered = Load.of(f"one slot, all {CALLERS} answered", CALLERS, lasted, whole, wrong)
    publish(
        Result(
            f"{CALLERS} callers for one slot",
            f"./almanac bench slot --races {races}",
            [all_answered, Load.of("each answer", CALLERS, lasted, each, 0)],
            bars=[Bar("all answered, median of the races", "ms", BAR_MILLISECONDS, all_answered.p50)],
            notes=["Over HTTP, everything on, each caller with a connection and a patient of their own. A "
                   "race lasts from the first request's first byte to the last answer's last.",
                   "Failed: races without exactly one 201 and forty-nine 409 slot-taken."],
        ),
        kept,
        console,
    )  # fmt: skip


def _wanted(house: House) -> Iterator[list[bytes]]:
    """For each race, a body a caller: the same place and time, for different patients."""
    for number, body in enumerate(house.bookings()):
        first = number * CALLERS
        yield [encoded(body | {"patient_id": _patient(house, first + n)}) for n in range(CALLERS)]


def _patient(house: House, number: int) -> str:
    return house.clinic.patients[number % len(house.clinic.patients)]


async def _race(desks: list[Connection], bodies: list[bytes]) -> tuple[float, list[float], Answers]:
    """From the first request until all are answered, and how long each was answered for, in seconds."""
    began = perf_counter()

    async def want(desk: Connection, body: bytes) -> tuple[float, tuple[int, bytes]]:
        answer = await desk.request("POST", "/v1/appointments", body)
        return perf_counter() - began, answer

    answered = await asyncio.gather(*map(want, desks, bodies))
    return perf_counter() - began, [seconds for seconds, _ in answered], [answer for _, answer in answered]


def one_winner(answers: Answers) -> bool:
    """Whether exactly one was booked and every other learnt that the slot is taken, and why."""
    lost = [_problem(body) for status, body in answers if status == 409]
    told = all(problem["type"] == "/problems/slot-taken" and problem["conflicts"] for problem in lost)
    booked = sum(status == 201 for status, _ in answers)
    return booked == 1 and len(lost) == len(answers) - 1 and told


def _problem(body: bytes) -> dict[str, Any]:
    problem: dict[str, Any] = json.loads(body)
    return problem
