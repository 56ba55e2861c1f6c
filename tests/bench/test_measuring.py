"""Figures are what they say they are."""

import asyncio
import json
from pathlib import Path

import pytest
from rich.console import Console

from bench.measuring import Load, closed_loop, open_loop, percentile
from bench.reporting import Kept, Result, publish


@pytest.mark.parametrize(("percent", "expected"), [(1, 1), (50, 50), (99, 99), (100, 100)])
def test_the_nearest_rank(percent: float, expected: int) -> None:
    assert percentile(list(range(1, 101)), percent) == expected


def test_one_value_is_every_percentile() -> None:
    assert percentile([7.0], 50) == percentile([7.0], 99) == 7.0


async def test_a_closed_loop_counts_what_failed() -> None:
    async def operation(caller: int) -> bool:
        await asyncio.sleep(0)
        return caller != 0

    load = await closed_loop("half fail", 2, 0.05, operation)
    assert load.callers == 2
    assert 0 < load.failures < load.operations


async def test_an_answer_that_keeps_others_waiting_counts_for_all_of_them() -> None:
    one_at_a_time = asyncio.Lock()

    async def operation(number: int) -> bool:
        async with one_at_a_time:
            await asyncio.sleep(0.2 if number == 0 else 0)
        return True

    load = await open_loop("one is slow", per_second=100, seconds=0.2, operation=operation)
    assert load.operations == 20
    # The first takes 200 ms; whoever was due in the first half of that waits for 100 ms or more.
    assert load.p50 > 90


def test_a_result_is_kept_with_its_machine_and_command(tmp_path: Path) -> None:
    load = Load.of("book", 8, 2.0, [0.001, 0.002], 0)
    kept = Kept(tmp_path / "new" / "book.json", tmp_path / "new" / "book.svg")
    publish(Result("Bookings", "almanac bench book", [load]), kept, Console(quiet=True))
    assert kept.json is not None
    result = json.loads(kept.json.read_text())
    assert result["command"] == "almanac bench book"
    assert result["machine"]
    assert result["loads"][0]["rate"] == 1.0
    assert kept.plot is not None
    assert "<svg" in kept.plot.read_text()
