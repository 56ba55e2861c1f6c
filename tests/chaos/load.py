"""Many callers at once: they book, hold, move, confirm and cancel, and some read back what they did."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import httpx

from tests.chaos.asking import Line
from tests.chaos.clinic import Clinic
from tests.chaos.ledger import Change, Ledger
from tests.support.waiting import eventually

__all__ = ["CALLERS", "Load", "loaded"]

CALLERS, READERS = 16, 2
THINK_SECONDS = 0.1
"""On average: the load is that of a busy clinic group, not what two cores can take."""
MANY = 25
"""Appointments of one caller from which on it rather cancels."""
SOON_OVER, LATE_OVER = 2, 3_600
"""How long holds last, in seconds: they lapse at once, or not while anybody looks."""

TAKEN = ("slot-taken",)


class Load:
    """The callers, and what they were told."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.ledger = Ledger()
        self.ending = asyncio.Event()

    async def until_visible(self, within: float = 60.0) -> None:
        """Until something asked for after now has been read back from a calendar: everything works."""
        now = time.monotonic()
        await eventually(lambda: self.ledger.visible_since > now, within=within)


@asynccontextmanager
async def loaded(load: Load, url: str, token: str, seed: str) -> AsyncIterator[Load]:
    """Callers call while the block runs; at its end each is told what it last asked for."""
    limits = httpx.Limits(max_connections=CALLERS + READERS)
    async with httpx.AsyncClient(base_url=url, limits=limits, trust_env=False) as http:
        line = Line(http, token, load.ledger)
        callers = [Caller(load, line, Random(f"{seed} caller {n}")).call() for n in range(CALLERS)]
        readers = [Reader(load, line, Random(f"{seed} reader {n}")).read() for n in range(READERS)]
        async with asyncio.TaskGroup() as tasks:
            for each in (*callers, *readers):
                tasks.create_task(each)
            try:
                yield load
            finally:
                load.ending.set()


class Caller:
    """Works on appointments that nobody else knows, among all others for time."""

    def __init__(self, load: Load, line: Line, dice: Random) -> None:
        self._load = load
        self._ledger = load.ledger
        self._line = line
        self._dice = dice
        self._own: dict[UUID, Change] = {}

    async def call(self) -> None:
        """Until the load ends."""
        while not self._load.ending.is_set():
            await self._any()
            await asyncio.sleep(self._dice.uniform(0, 2 * THINK_SECONDS))

    async def _any(self) -> None:
        standing = sorted(id for id, own in self._own.items() if own.status != "held")
        held = sorted(id for id, own in self._own.items() if own.status == "held")
        throw = self._dice.random()
        if held and throw < 0.4:
            await self._settle(self._dice.choice(held))
        elif standing and throw < (0.9 if len(standing) > MANY else 0.5):
            await self._alter(self._dice.choice(standing))
        elif throw > 0.9:
            lasts = self._dice.choice((SOON_OVER, LATE_OVER))
            wanted = self._load.clinic.any_visit(self._dice) | {"expires_in_seconds": lasts}
            await self._change("hold", "POST", "/v1/holds", wanted, *TAKEN)
        else:
            wanted = self._load.clinic.any_visit(self._dice) | {"reason": "a cough"}
            await self._change("book", "POST", "/v1/appointments", wanted, *TAKEN)

    async def _alter(self, appointment: UUID) -> None:
        path, throw = f"/v1/appointments/{appointment}", self._dice.random()
        if throw < 0.4:
            wanted = self._load.clinic.any_time(self._dice) | {"by": "patient"}
            await self._change("move", "POST", f"{path}/reschedule", wanted, *TAKEN)
        elif throw < 0.75:
            why = {"by": "patient", "reason_code": "recovered"}
            await self._change("cancel", "POST", f"{path}/cancel", why)
        elif self._own[appointment].status == "booked":
            await self._change("confirm", "POST", f"{path}/confirm", {})

    async def _settle(self, hold: UUID) -> None:
        if self._dice.random() < 0.7:
            # It may have run out: then it is nobody's any more.
            if not await self._change(
                "book hold", "POST", "/v1/appointments", {"hold": str(hold)}, "hold-expired"
            ):
                self._own.pop(hold, None)
        else:
            await self._change("release", "DELETE", f"/v1/holds/{hold}", None)

    async def _change(
        self, what: str, method: str, path: str, body: Mapping[str, Any] | None, *expected: str
    ) -> bool:
        told = await self._line.change(what, method, path, body, *expected)
        if told is None:
            return False
        change = Change.told(what, told)
        self._ledger.changes.append(change)
        if change.status == "cancelled":
            self._own.pop(change.appointment_id, None)
        else:
            self._own[change.appointment_id] = change
        return True


class Reader:
    """Reads each of its changes back from the calendar, asking for no older state than that."""

    def __init__(self, load: Load, line: Line, dice: Random) -> None:
        self._load = load
        self._ledger = load.ledger
        self._line = line
        self._dice = dice

    async def read(self) -> None:
        """Until the load ends: books, moves and cancels, and looks after each of them."""
        while not self._load.ending.is_set():
            wanted = self._load.clinic.any_visit(self._dice)
            asked, told = time.monotonic(), await self._post("book", "/v1/appointments", wanted)
            if told is None:
                continue
            await self._look("book", asked, told)
            path = f"/v1/appointments/{told['appointment_id']}"
            elsewhere = self._load.clinic.any_time(self._dice) | {"by": "clinic"}
            asked, moved = time.monotonic(), await self._post("move", f"{path}/reschedule", elsewhere)
            if moved is not None:
                await self._look("move", asked, moved)
            why = {"by": "clinic", "reason_code": "provider-ill"}
            asked, gone = time.monotonic(), await self._post("cancel", f"{path}/cancel", why)
            if gone is not None:
                await self._look("cancel", asked, gone)
            await asyncio.sleep(self._dice.uniform(0, 2 * THINK_SECONDS))

    async def _post(self, what: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        told = await self._line.change(what, "POST", path, body, *TAKEN)
        if told is not None:
            self._ledger.changes.append(Change.told(what, told))
        return told

    async def _look(self, what: str, asked: float, told: Mapping[str, Any]) -> None:
        change = Change.told(what, told)
        stretch = {"from": told["starts_at"], "to": told["ends_at"], "at_least": change.position}
        resource = self._dice.choice(told["resource_ids"])
        calendar = await self._line.read(f"/v1/calendars/{resource}", stretch)
        if calendar is None:
            return
        shown = [e for e in calendar["entries"] if e.get("appointment_id") == told["appointment_id"]]
        right = [e for e in shown if _is(e, change)]
        if (change.status == "cancelled" and not any(e["status"] != "cancelled" for e in shown)) or right:
            self._ledger.looks += 1
            self._ledger.visible_since = max(self._ledger.visible_since, asked)
        else:
            self._ledger.surprises.append(f"{what}: the calendar shows {shown}, not {change}")


def _is(entry: Mapping[str, Any], change: Change) -> bool:
    times = (datetime.fromisoformat(entry["starts_at"]), datetime.fromisoformat(entry["ends_at"]))
    return entry["status"] == change.status and times == (change.starts_at, change.ends_at)
