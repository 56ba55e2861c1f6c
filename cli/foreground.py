"""Work in the foreground: until it is done, or until somebody tells it to end."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

__all__ = ["until_told"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def until_told(work: Coroutine[Any, Any, None]) -> bool:
    """Runs ``work``; returns True when it is done, False where SIGINT, SIGTERM or SIGHUP ended it.

    ``work`` is cancelled once only: a second cancellation would cut its closing short.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    running = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    told = not running.done()
    running.cancel()
    stopping.cancel()
    try:
        await running
    except asyncio.CancelledError:
        return False
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
    return not told
