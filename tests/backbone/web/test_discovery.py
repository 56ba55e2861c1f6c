"""An issuer's keys: fetched seldom, kept while the issuer is away, never from a doubtful place."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from backbone.web.discovery import DiscoveredKeys
from backbone.web.keys import KeysUnavailableError
from tests.backbone.web.test_tokens import JWKS

ISSUER = "https://idp.example"


class Issuer:
    """An identity provider that counts, and can be made to fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.document: Any = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        self.keys: Any = JWKS
        self.away = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if self.away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, json=self.keys if request.url.path == "/keys" else self.document)

    def source(self, **how: Any) -> DiscoveredKeys:
        return DiscoveredKeys(ISSUER, httpx.AsyncClient(transport=httpx.MockTransport(self)), **how)


async def test_keys_are_fetched_once_for_all_who_wait() -> None:
    issuer = Issuer()
    source = issuer.source()
    found = await asyncio.gather(*(source.key("ec") for _ in range(20)))
    assert all(key is not None for key in found)
    assert issuer.asked == [f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/keys"]


async def test_invented_key_ids_do_not_flood_the_issuer() -> None:
    issuer = Issuer()
    source = issuer.source()
    for n in range(50):
        assert await source.key(f"invented-{n}") is None
    assert len(issuer.asked) == 2


async def test_a_new_key_is_found_once_the_throttle_allows() -> None:
    issuer = Issuer()
    source = issuer.source(throttle_seconds=0)
    issuer.keys = {"keys": JWKS["keys"][:1]}
    assert await source.key("ec") is None
    issuer.keys = JWKS
    assert await source.key("ec") is not None


async def test_known_keys_go_on_while_the_issuer_is_away() -> None:
    issuer = Issuer()
    source = issuer.source(throttle_seconds=0, refresh_seconds=0)
    assert await source.key("ec") is not None
    issuer.away = True
    assert await source.key("ec") is not None
    issuer.away = False
    issuer.keys = {"keys": JWKS["keys"][:1]}
    assert await source.key("ec") is None


async def test_without_any_key_ever_it_is_unavailable_not_unauthorized() -> None:
    issuer = Issuer()
    issuer.away = True
    with pytest.raises(KeysUnavailableError):
        await issuer.source().key("ec")


def _set(name: str, value: Any) -> Callable[[Issuer], None]:
    return lambda issuer: setattr(issuer, name, value)


@pytest.mark.parametrize(
    "doubtful",
    [
        _set("document", {"issuer": "https://evil.example", "jwks_uri": f"{ISSUER}/keys"}),
        _set("document", {"issuer": ISSUER, "jwks_uri": "http://idp.example/keys"}),
        _set("document", {"issuer": ISSUER, "jwks_uri": "file:///keys"}),
        _set("document", {"issuer": ISSUER}),
        _set("document", []),
        _set("keys", {"keys": []}),
        _set("keys", []),
        _set("keys", {"pad": "x" * 300_000}),
    ],
)
async def test_doubtful_answers_give_no_keys(doubtful: Callable[[Issuer], None]) -> None:
    issuer = Issuer()
    doubtful(issuer)
    with pytest.raises(KeysUnavailableError):
        await issuer.source().key("ec")
