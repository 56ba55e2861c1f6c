"""The clinic's desk as a client of the HTTP interface, with a token for each role."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

__all__ = ["Answer", "Desk", "SurpriseError"]

_ATTEMPTS = 8


class SurpriseError(Exception):
    """The service answered something that the day's script does not allow."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    method: str
    path: str
    status: int
    body: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def problem(self) -> str:
        """The last part of the problem's type: ``slot-taken``; empty where there is none."""
        return str(self.body.get("type", "")).rsplit("/", 1)[-1]

    @property
    def conflicts(self) -> list[dict[str, Any]]:
        return list(self.body.get("conflicts", ()))

    def expect(self, *statuses: int) -> "Answer":
        """Itself, if its status is one of these."""
        if self.status not in statuses:
            said = self.body.get("detail") or self.body.get("title") or self.problem
            raise SurpriseError(f"{self.method} {self.path} answered {self.status} {self.problem}: {said}")
        return self


class Desk:
    """Sends requests as the roles of a clinic do; a 503 is asked again, with the same idempotency key."""

    def __init__(self, http: httpx.AsyncClient, tokens: Mapping[str, str]) -> None:
        self._http = http
        self._tokens = tokens

    async def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, role: str = "scheduler"
    ) -> Answer:
        asked = {name: value for name, value in (params or {}).items() if value not in (None, "", ())}
        return await self._send("GET", path, self._headers(role), params=asked)

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        role: str = "scheduler",
        key: str | None = None,
        if_match: int | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """``role`` empty: without a token. ``content``: these bytes instead of ``body`` as JSON."""
        headers = self._headers(role) | {"Idempotency-Key": key or str(uuid4())}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        if content is not None:
            headers["Content-Type"] = "application/json"
            return await self._send("POST", path, headers, content=content)
        return await self._send("POST", path, headers, json={} if body is None else body)

    async def put(self, path: str, body: Any, *, role: str = "scheduler") -> Answer:
        return await self._send("PUT", path, self._headers(role), json=body)

    async def patch(self, path: str, body: Any, *, role: str = "scheduler") -> Answer:
        return await self._send("PATCH", path, self._headers(role), json=body)

    async def delete(self, path: str, *, role: str = "scheduler") -> Answer:
        return await self._send("DELETE", path, self._headers(role))

    def _headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[role]}"} if role else {}

    async def _send(self, method: str, path: str, headers: dict[str, str], **how: Any) -> Answer:
        for attempt in range(_ATTEMPTS):
            response = await self._http.request(method, path, headers=headers, **how)
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or attempt == _ATTEMPTS - 1:
                break
            await asyncio.sleep(min(float(response.headers.get("Retry-After", "1")), 5.0))
        body = response.json() if response.content else {}
        return Answer(method, path, response.status_code, body if isinstance(body, dict) else {"items": body})
