"""A caller's line to Almanac: asks until it is told, under one idempotency key, whatever happens."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

from tests.chaos.ledger import Ledger

__all__ = ["Line"]

TIMEOUT_SECONDS = 2.0
"""Less than a process is frozen for: callers then repeat what is still under way."""
HANGS_UP_EACH, HANGS_UP_SECONDS = 10, 0.02
"""Every so many changes the caller hangs up at once, and asks again: some of these are done by then."""
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 90.0
"""No fault lasts as long: who has no answer by then gets none."""


class Line:
    """Answers that a caller may act on: neither a lost one, nor one that says: later."""

    def __init__(self, http: httpx.AsyncClient, token: str, ledger: Ledger) -> None:
        self._http = http
        self._token = token
        self._ledger = ledger
        self._changes = 0

    async def change(
        self, what: str, method: str, path: str, body: Mapping[str, Any] | None, *expected: str
    ) -> Mapping[str, Any] | None:
        """The answer to a change; None where it was refused for one of the ``expected`` problems, or for
        a reason that is a surprise."""
        headers = {"Idempotency-Key": str(uuid4())}
        how = {"json": {} if body is None else body}
        self._changes += 1
        if self._changes % HANGS_UP_EACH == 0:
            await self._ask_and_hang_up(method, path, headers, **how)
        answer = await self._told(method, path, headers, **how)
        told: Mapping[str, Any] = answer.json()
        if answer.status_code < 300:
            self._ledger.replayed += "idempotent-replayed" in answer.headers
            return told
        problem = str(told.get("type", "")).rsplit("/", 1)[-1]
        if problem in expected:
            self._ledger.refusals[problem] += 1
        else:
            self._ledger.surprises.append(f"{what}: {answer.status_code} {problem} {told.get('detail')}")
        return None

    async def read(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any] | None:
        """What a view shows; None is a surprise."""
        answer = await self._told("GET", path, {}, params=params)
        told: Mapping[str, Any] = answer.json()
        if answer.status_code == 200:
            return told
        self._ledger.surprises.append(f"{path}: {answer.status_code} {told.get('type')}")
        return None

    async def _ask_and_hang_up(self, method: str, path: str, headers: Mapping[str, str], **how: Any) -> None:
        try:
            await self._asked(method, path, headers, HANGS_UP_SECONDS, **how)
        except httpx.TransportError:
            self._ledger.lost["hung up"] += 1

    async def _asked(
        self, method: str, path: str, headers: Mapping[str, str], within: float, **how: Any
    ) -> httpx.Response:
        headers = {**headers, "Authorization": f"Bearer {self._token}"}
        return await self._http.request(method, path, headers=headers, timeout=within, **how)

    async def _told(self, method: str, path: str, headers: Mapping[str, str], **how: Any) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = await self._asked(method, path, headers, TIMEOUT_SECONDS, **how)
            except httpx.TransportError as error:
                self._ledger.lost[type(error).__name__] += 1
            else:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
                self._ledger.lost["503"] += 1
                if "retry-after" not in answer.headers:
                    self._ledger.surprises.append(f"{path}: 503 without Retry-After")
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError(f"{method} {path}: no answer within {PATIENCE_SECONDS} s")
