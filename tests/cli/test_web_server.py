"""Whose word is taken for where a request comes from."""

import pytest
from prometheus_client import CollectorRegistry
from starlette.types import Receive, Scope, Send

from backbone.web.admission import Admission
from cli.web_server import config_of

FORWARDED = [(b"x-forwarded-for", b"203.0.113.7")]


@pytest.mark.parametrize(
    ("environ", "seen"), [({}, "127.0.0.1"), ({"FORWARDED_ALLOW_IPS": "127.0.0.1"}, "203.0.113.7")]
)
async def test_a_proxy_is_believed_where_it_is_named(environ: dict[str, str], seen: str) -> None:
    clients: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        clients.append(scope["client"][0])

    config = config_of(app, environ, Admission(CollectorRegistry()))
    config.load()
    scope = {"type": "http", "client": ("127.0.0.1", 1), "scheme": "http", "headers": FORWARDED}
    await config.loaded_app(scope, None, None)
    assert clients == [seen]


def test_clients_hang_up_before_the_server_does() -> None:
    """httpx keeps a silent connection for 5 s, nginx and most others for at most 60 s."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None: ...

    assert config_of(app, {}, Admission(CollectorRegistry())).timeout_keep_alive > 60
