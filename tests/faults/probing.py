"""Somebody who asks once, takes the answer as it is, and knows afterwards what it was worth."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from tests.chaos.ledger import Change
from tests.chaos.load import Load
from tests.chaos.ordeal import Ordeal
from tests.support.waiting import eventually

__all__ = ["Probe", "probing"]

PACE_SECONDS = 2.0
"""At most for a booking, on a busy machine: of a frozen PostgreSQL one hears later."""


@dataclass(slots=True)
class Probe:
    """Books, each time anything that may be free. What was acknowledged is judged with all else."""

    http: httpx.AsyncClient
    load: Load
    dice: Random
    refused: list[httpx.Response] = field(default_factory=list)
    """Every 503."""
    untold: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By key: bookings that a 503 leaves open; some may be done."""

    async def book(self) -> httpx.Response:
        """One booking, asked for once."""
        return await self.ask(self.load.clinic.any_visit(self.dice), str(uuid4()))

    async def ask(self, wanted: dict[str, Any], key: str) -> httpx.Response:
        """A booking under a key. ``httpx.TransportError`` where there is no answer."""
        self.untold[key] = wanted
        answer = await self.http.post("/v1/appointments", json=wanted, headers={"Idempotency-Key": key})
        if answer.status_code == 201:
            self.load.ledger.changes.append(Change.told("book", answer.json()))
        if answer.status_code == 503:
            self.refused.append(answer)
        else:
            self.untold.pop(key, None)
        return answer

    async def all_told(self) -> bool:
        """Asks again for what is left open."""
        for key, wanted in dict(self.untold).items():
            await self.ask(wanted, key)
        return not self.untold

    async def booked(self) -> bool:
        """Whether it is answered as always; else it must be a 503."""
        answer = await self.book()
        assert answer.status_code in (201, 409, 503), answer.text
        return answer.status_code != 503

    async def keeps_its_pace(self, seconds: float) -> str:
        """Books for so long, one after the other, and never has to wait; tells how it went."""
        slowest, booked, until = 0.0, 0, time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.monotonic()
            booked += await self.booked()
            slowest = max(slowest, time.monotonic() - began)
        assert not self.refused
        assert slowest < PACE_SECONDS
        return f"{booked} bookings, the slowest in {slowest:.2f} s"

    def assert_told_to_come_back(self) -> None:
        """There was a time when it was told that nothing can be done now, properly each time."""
        assert self.refused
        for answer in self.refused:
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] in ("/problems/unavailable", "/problems/overloaded")


@asynccontextmanager
async def probing(under: Ordeal, seed: str) -> AsyncIterator[Probe]:
    """A caller beside the load, who at the end asks again whatever was not answered."""
    headers = {"Authorization": f"Bearer {under.house.token()}"}
    async with httpx.AsyncClient(
        base_url=under.house.url, headers=headers, timeout=30, trust_env=False
    ) as http:
        probe = Probe(http, under.load, Random(seed))
        yield probe
        await eventually(probe.all_told, within=60)
