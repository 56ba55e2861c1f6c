"""``almanac bench availability``: when is any of twenty providers free in the next thirty days?"""

import asyncio
import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from bench.clinic import Clinic, Furnishing
from bench.connection import encoded, in_query
from bench.house import House, open_house
from bench.measuring import Load, closed_loop
from bench.reporting import Bar, Kept, Result, publish

__all__ = ["bench_availability", "half_of"]

PROVIDERS = 20
DAYS = 30
CALLERS = 8
DESKS = 32
OPENS, CLOSES = 8, 18
WORKDAYS = ("MO", "TU", "WE", "TH", "FR")
VISIT, DAY_LONG = "bench", "day-long"
MINUTES = 30
CLINIC = Furnishing(
    kinds=("provider", "room", "device"),
    places=PROVIDERS,
    visit_types={VISIT: MINUTES, DAY_LONG: (CLOSES - OPENS) * 60},
    weekly=[{"day": day, "from": f"{OPENS:02}:00", "to": f"{CLOSES:02}:00"} for day in WORKDAYS],
)
BAR_MILLISECONDS = 10.0
SEED = 4


async def bench_availability(
    seconds: float, kept: Kept, console: Console, step: Callable[[str], None]
) -> None:
    """Each search for ``seconds``: one that soon finds a page of proposals, one that fits nowhere."""
    step("starting everything on fresh data")
    async with open_house(CLINIC) as house:
        first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        half = half_of(house.clinic, first)
        step(f"booking {len(half):,} visits: half of every provider's time")
        await _fill(house, half)
        step("searching: a page of proposals")
        page = await _search(house, "first 50 proposals", VISIT, first, seconds, found=True)
        step("searching: all thirty days in vain")
        nothing = await _search(house, "no time that fits", DAY_LONG, first, seconds, found=False)
    publish(
        Result(
            f"Availability of any of {PROVIDERS} providers over {DAYS} days",
            f"./almanac bench availability --seconds {seconds:g}",
            [page, nothing],
            bars=[
                Bar(f"{load.name}, p95 with {CALLERS} callers", "ms", BAR_MILLISECONDS, load.p95)
                for load in (page, nothing)
            ],
            notes=[f"Over HTTP; a visit needs a provider, a room and a device, {PROVIDERS} of each; "
                   f"{len(half):,} visits booked, at random half of the half hours that are open.",
                   "No time that fits: a visit as long as the day, so all thirty days are looked through.",
                   "Each caller asks again as soon as they are answered."],
        ),
        kept,
        console,
    )  # fmt: skip


def half_of(clinic: Clinic, first: datetime) -> Sequence[bytes]:
    """Bodies of bookings: of each place a random half of its open half hours, always the same for a seed."""
    # Not a secret: a calendar that is the same in each run.
    chance = random.Random(SEED)
    hours = list(_open_half_hours(first))
    return [
        encoded(_booking(clinic, place, starts_at))
        for place in range(PROVIDERS)
        for starts_at in chance.sample(hours, len(hours) // 2)
    ]


def _booking(clinic: Clinic, place: int, starts_at: datetime) -> dict[str, Any]:
    return {
        "visit_type": VISIT,
        "starts_at": starts_at.isoformat(),
        "resource_ids": [resources[place] for resources in clinic.resources.values()],
        # Each place has a patient of its own, so none is wanted twice at a time.
        "patient_id": clinic.patients[place],
    }


def _open_half_hours(first: datetime) -> Iterator[datetime]:
    for day in range(DAYS):
        midnight = first + timedelta(days=day)
        if midnight.weekday() < len(WORKDAYS):
            for minutes in range(OPENS * 60, CLOSES * 60, MINUTES):
                yield midnight + timedelta(minutes=minutes)


async def _fill(house: House, bodies: Sequence[bytes]) -> None:
    left = iter(bodies)

    async def book() -> None:
        desk = house.connection()
        for body in left:
            status, answer = await desk.request("POST", "/v1/appointments", body)
            if status != 201:
                raise RuntimeError(f"a booking was refused: {status} {answer.decode()}")
        await desk.close()

    await asyncio.gather(*(book() for _ in range(DESKS)))


async def _search(
    house: House, name: str, visit_type: str, first: datetime, seconds: float, *, found: bool
) -> Load:
    whom = "".join(f"&resource_id={provider}" for provider in house.clinic.resources["provider"])
    span = f"from={in_query(first)}&to={in_query(first + timedelta(days=DAYS))}"
    path = f"/v1/availability?visit_type={visit_type}&{span}{whom}"
    desks = [house.connection() for _ in range(CALLERS)]

    async def search(caller: int) -> bool:
        status, answer = await desks[caller].request("GET", path)
        return status == 200 and bool(json.loads(answer)["proposals"]) == found

    await closed_loop("warming up", CALLERS, 1.0, search)
    load = await closed_loop(name, CALLERS, seconds, search)
    for desk in desks:
        await desk.close()
    return load
