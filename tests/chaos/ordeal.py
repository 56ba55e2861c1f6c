"""The course of every test here: a house, a clinic in it, a load, faults; then it is judged."""

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.demo.desk import Desk
from tests.chaos.clinic import register_clinic
from tests.chaos.evidence import gather
from tests.chaos.house import House, open_house
from tests.chaos.judging import judge
from tests.chaos.load import Load, loaded
from tests.support.waiting import eventually

__all__ = ["Ordeal", "ordeal"]


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What a test's faults need."""

    house: House
    load: Load
    say: Callable[[str], None]
    """Prints it with the time since the beginning."""


@asynccontextmanager
async def ordeal(seed: str, days: int) -> AsyncIterator[Ordeal]:
    """Faults are the block's. Afterwards everything that was acknowledged must stand.

    ``days`` can be booked: few enough that callers meet, enough that they find something.
    """
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s: {what}", flush=True)

    with _folder() as folder:
        async with open_house(folder) as house:
            token = house.token()
            async with httpx.AsyncClient(base_url=house.url, timeout=30, trust_env=False) as http:
                desk = Desk(http, dict.fromkeys(("scheduler", "front-desk"), token))
                load = Load(await register_clinic(desk, days))
                async with loaded(load, house.url, token, seed):
                    await load.until_visible()
                    say("everything runs")
                    yield Ordeal(house, load, say)
                    await load.until_visible()
                    say("the faults are over")
                    await eventually(lambda: load.ledger.tells_enough, within=60)
                evidence = await gather(house, desk, load.clinic, load.ledger.appointments)
                say("evidence is gathered")
        say("everything has ended")
        _report(house, load)
        verdicts = judge(load.ledger, evidence)
        for each in verdicts:
            print(f"{'held' if each.held else 'BROKEN'}: {each.claim} ({each.basis})")
            for problem in each.problems[:20]:
                print(f"    {problem}")
        assert {each.claim: each.problems[:5] for each in verdicts if not each.held} == {}
        say("judged")


@contextmanager
def _folder() -> Iterator[Path]:
    """Removed at the end, unless something failed: then its logs and data tell why."""
    folder = Path(tempfile.mkdtemp(prefix="almanac-chaos-"))
    # PostgreSQL may run as another user, who has to reach the data.
    folder.chmod(0o711)
    try:
        yield folder
    except BaseException:
        print(f"logs and data are left in {folder}", flush=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _report(house: House, load: Load) -> None:
    ledger = load.ledger
    print(f"{len(ledger.changes)} changes of {len(ledger.appointments)} appointments acknowledged")
    print(f"asked again after: {dict(ledger.lost)}")
    print(f"refused: {dict(ledger.refusals)}; {ledger.looks} read back")
    print(f"died and started again: {len(house.deaths)}")
