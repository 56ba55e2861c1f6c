"""Waiting for what will become true, never for time to pass."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["eventually"]


async def eventually(condition: Callable[[], Any | Awaitable[Any]], within: float = 10.0) -> Any:
    """The condition's first true value; fails after ``within`` seconds, with the last exception if it raised.

    ``condition`` is a function or coroutine function; an ``AssertionError`` counts as not yet.
    """
    deadline = time.monotonic() + within
    pause = 0.005
    while True:
        problem: AssertionError | None = None
        try:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value
        except AssertionError as error:
            problem = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {condition}") from problem
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.1)
