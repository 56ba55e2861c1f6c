"""30 kills, 10 freezes, 20 cuts of all connections, at any moment: ``pytest tests/chaos -m long``.

The seed is printed first: ``ALMANAC_CHAOS_SEED=... pytest tests/chaos -m long -s`` repeats the choices.
"""

import asyncio
import os
import secrets
from collections.abc import Iterator
from random import Random

import pytest

from tests.chaos.cutting import cut_connections
from tests.chaos.house import PROCESSES
from tests.chaos.ordeal import ordeal

VICTIMS = (*PROCESSES, "PostgreSQL", "Kafka")
KILLS, FREEZES, CUTS = 30, 10, 20
LONG_FREEZE_SECONDS = 30.0
"""Each once; longer than a consumer's session (10 s), whose partitions then go to another."""
SHORT_FREEZE_SECONDS = (0.7, 3.0)
"""Longer than a writer's transaction (0.5 s), a relay's session (1 s)."""


def _killed(dice: Random) -> Iterator[str]:
    """Everybody as often as everybody else, in any order."""
    names = [VICTIMS[number % len(VICTIMS)] for number in range(KILLS)]
    dice.shuffle(names)
    return iter(names)


def _frozen(dice: Random) -> Iterator[tuple[str, float]]:
    """Everybody once for long, some once more for a moment, in any order; for how many seconds."""
    some = dice.sample(VICTIMS, FREEZES - len(VICTIMS))
    freezes = [(name, LONG_FREEZE_SECONDS) for name in VICTIMS]
    freezes += [(name, dice.choice(SHORT_FREEZE_SECONDS)) for name in some]
    dice.shuffle(freezes)
    return iter(freezes)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_what_was_acknowledged_stands_after_any_faults() -> None:
    seed = os.environ.get("ALMANAC_CHAOS_SEED") or secrets.token_hex(4)
    print(f"ALMANAC_CHAOS_SEED={seed}", flush=True)
    dice = Random(f"{seed} faults")
    faults = ["kill"] * KILLS + ["freeze"] * FREEZES + ["cut"] * CUTS
    dice.shuffle(faults)
    killed, frozen = _killed(dice), _frozen(dice)
    async with ordeal(seed, days=10) as under:
        thawing: list[asyncio.Task[None]] = []

        async def freeze(name: str, seconds: float) -> None:
            async with under.house.victims[name].frozen():
                await asyncio.sleep(seconds)

        for fault in faults:
            # The moment is part of what is tried; nothing is waited for.
            await asyncio.sleep(dice.uniform(0.0, 3.0))
            at_once = dice.random() < 0.3
            match fault:
                case "kill":
                    name = next(killed)
                    under.say(f"kill {name}")
                    await under.house.victims[name].kill()
                case "freeze":
                    name, seconds = next(frozen)
                    under.say(f"freeze {name} for {seconds} s")
                    thawing.append(asyncio.create_task(freeze(name, seconds)))
                case _:
                    under.say("cut all connections")
                    await cut_connections(under.house)
            if not at_once:
                await under.load.until_visible(within=90.0)
        await asyncio.gather(*thawing)
