"""An OpenID Connect issuer's keys: found by discovery, cached, fetched again no more often than is decent."""

import asyncio
import logging
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from jwt import PyJWK

from backbone.network import is_loopback
from backbone.web.keys import KeysUnavailableError, choose, read_key_set

__all__ = ["DiscoveredKeys"]

log = logging.getLogger(__name__)

REFRESH_SECONDS: Final = 600
THROTTLE_SECONDS: Final = 30
MAX_BYTES: Final = 262_144


class DiscoveredKeys:
    """Keys of one issuer (OpenID Connect Discovery 1.0, section 4).

    Fetched at first use, again after ten minutes, or when a token names an unknown key; never twice within
    ``throttle_seconds``, so that invented key ids don't become a flood on the issuer. While the issuer is
    away the keys known so far go on.
    """

    def __init__(
        self,
        issuer: str,
        http: httpx.AsyncClient,
        *,
        throttle_seconds: float = THROTTLE_SECONDS,
        refresh_seconds: float = REFRESH_SECONDS,
    ) -> None:
        self._issuer = issuer
        self._http = http
        self._throttle = throttle_seconds
        self._refresh = refresh_seconds
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching = asyncio.Lock()

    async def key(self, kid: str | None) -> PyJWK | None:
        """The key; ``KeysUnavailableError`` where none was ever fetched."""
        found = choose(self._keys, kid)
        if found is None or self._older_than(self._fetched_at, self._refresh):
            await self._fetch()
            found = choose(self._keys, kid)
        if found is None and self._fetched_at is None:
            raise KeysUnavailableError
        return found

    async def _fetch(self) -> None:
        async with self._fetching:
            never = self._fetched_at is None
            if not self._older_than(self._tried_at, min(self._throttle, 2.0) if never else self._throttle):
                return
            self._tried_at = monotonic()
            try:
                where = await self._json(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
                if where.get("issuer") != self._issuer:
                    raise ValueError("the discovery document is of another issuer")
                keys = read_key_set(await self._json(str(where.get("jwks_uri"))))
                if not keys:
                    raise ValueError("the issuer has no usable key")
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                log.warning("keys of the token issuer could not be fetched: %s", type(error).__name__)
                return
            self._keys = keys
            self._fetched_at = monotonic()

    async def _json(self, url: str) -> Any:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ValueError("keys are fetched over https only")
        async with self._http.stream("GET", url, headers={"Accept": "application/json"}) as response:
            response.raise_for_status()
            content = b""
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise ValueError("the answer is too large")
        document = httpx.Response(200, content=content).json()
        if not isinstance(document, dict):
            raise ValueError("the answer is no JSON object")
        return document

    @staticmethod
    def _older_than(at: float | None, seconds: float) -> bool:
        return at is None or monotonic() - at >= seconds
