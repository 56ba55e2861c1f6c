"""Plays the day: several clerks take the calls in order, each carried out by its handler."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from cli.demo import calls as of
from cli.demo.desk import SurpriseError
from cli.demo.playing import bookings, incidents, mistakes, records
from cli.demo.playing.shift import Shift
from cli.demo.script import waits_for

__all__ = ["HANDLERS", "play"]

Handler = Callable[[Shift, Any], Awaitable[None]]

HANDLERS: Mapping[type, Handler] = {
    of.Search: bookings.search,
    of.Book: bookings.book,
    of.Hold: bookings.hold,
    of.BookHeld: bookings.book_held,
    of.Release: bookings.release,
    of.Confirm: bookings.confirm,
    of.Reschedule: bookings.reschedule,
    of.Cancel: bookings.cancel,
    of.Race: incidents.race,
    of.Overbook: incidents.overbook,
    of.Join: incidents.join,
    of.Absence: incidents.absence,
    of.AbsenceOver: incidents.absence_over,
    of.MoveAffected: incidents.move_affected,
    of.Delay: incidents.delay,
    of.DelayCleared: incidents.delay_cleared,
    of.Find: records.find,
    of.Register: records.register,
    of.Correct: records.correct,
    of.Merge: records.merge,
    of.Mistake: mistakes.mistake,
}


async def play(shift: Shift, day: Sequence[Any], *, clerks: int, heard: Callable[[Any], None]) -> None:
    """Plays all calls; ``heard`` is told of each when over. What went wrong is in the ledger."""
    before = waits_for(day)
    over = [asyncio.Event() for _ in day]
    waiting = iter(range(len(day)))

    async def clerk() -> None:
        # Numbers are taken in order and a call waits for smaller numbers only: nobody waits for ever.
        for number in waiting:
            for earlier in before[number]:
                await over[earlier].wait()
            await _answered(shift, day[number])
            over[number].set()
            heard(day[number])

    async with asyncio.TaskGroup() as desk:
        for _ in range(clerks):
            desk.create_task(clerk())


async def _answered(shift: Shift, call: Any) -> None:
    """One call. After a surprise the day goes on; calls about what failed are then surprises too."""
    try:
        await HANDLERS[type(call)](shift, call)
    except (SurpriseError, httpx.HTTPError, KeyError) as error:
        shift.ledger.surprises.append(f"{call.at} {call.call}: {error or type(error).__name__}")
