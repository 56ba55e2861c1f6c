"""Alive, and ready: what an orchestrator asks before it sends callers here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.responses import Response

from backbone.web.answers import json_answer

__all__ = ["Check", "readiness"]

Check = Callable[[], Awaitable[None]]
"""Raises where what it looks at is not fit; its message is not shown."""

PATIENCE_SECONDS: Final = 2.0


async def readiness(checks: Mapping[str, Check]) -> Response:
    """200 where every check passes in time, else 503; which ones failed is named."""
    results = await asyncio.gather(*(_passes(check) for check in checks.values()))
    told = {name: "ok" if passed else "failed" for name, passed in zip(checks, results, strict=True)}
    ready = all(results)
    return json_answer(
        {"status": "ready" if ready else "not-ready", "checks": told},
        status=200 if ready else 503,
        headers={} if ready else {"Retry-After": "1"},
    )


async def _passes(check: Check) -> bool:
    try:
        await asyncio.wait_for(check(), PATIENCE_SECONDS)
    except Exception:  # whatever it is, the answer is no
        return False
    return True
