"""30 kills, 10 freezes, 20 cuts of all connections, at any moment: ``pytest tests/chaos -m long``.

The seed is printed first: ``ALMANAC_CHAOS_SEED=... pytest tests/chaos -m long -s`` repeats the choices.
"""

import asyncio
import os
import secrets
from random import Random

import pytest

from tests.chaos.cutting import cut_connections
from tests.chaos.ordeal import ordeal

KILLS, FREEZES, CUTS = 30, 10, 20
LONGEST_FREEZE_SECONDS = 15.0
"""Longer than a consumer's session (10 s), a relay's (1 s) and a writer's transaction (0.5 s)."""


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_what_was_acknowledged_stands_after_any_faults() -> None:
    seed = os.environ.get("ALMANAC_CHAOS_SEED") or secrets.token_hex(4)
    print(f"ALMANAC_CHAOS_SEED={seed}", flush=True)
    dice = Random(f"{seed} faults")
    faults = ["kill"] * KILLS + ["freeze"] * FREEZES + ["cut"] * CUTS
    dice.shuffle(faults)
    async with ordeal(seed, days=10) as under:
        names = list(under.house.victims)
        thawing: list[asyncio.Task[None]] = []

        async def freeze(name: str, seconds: float) -> None:
            async with under.house.victims[name].frozen():
                await asyncio.sleep(seconds)

        for fault in faults:
            # The moment is part of what is tried; nothing is waited for.
            await asyncio.sleep(dice.uniform(0.0, 3.0))
            name, seconds = dice.choice(names), dice.uniform(0.5, LONGEST_FREEZE_SECONDS)
            at_once = dice.random() < 0.3
            match fault:
                case "kill":
                    under.say(f"kill {name}")
                    await under.house.victims[name].kill()
                case "freeze":
                    under.say(f"freeze {name} for {seconds:.1f} s")
                    thawing.append(asyncio.create_task(freeze(name, seconds)))
                case _:
                    under.say("cut all connections")
                    await cut_connections(under.house)
            if not at_once:
                await under.load.until_visible(within=90.0)
        await asyncio.gather(*thawing)
