"""The routes of all services together, as the OpenAPI document that the running application gives.

Opening a service's routes needs no server as long as nobody calls them; so this runs anywhere.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from prometheus_client import CollectorRegistry

from backbone.clock import SystemClock
from backbone.commanding.http import key_routes
from backbone.commanding.keys import CommandKeys
from backbone.kafka import Kafka
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.privacy.privacy import open_privacy
from backbone.service import Environment
from backbone.settings import Settings
from backbone.web.app import create_app
from backbone.web.assembly import open_gate
from backbone.web.openapi import document
from cli.catalogue import ServiceClass

__all__ = ["composed_openapi"]

_NOWHERE = "127.0.0.1:1"
_NO_KEY = bytes(32)


async def composed_openapi(services: Sequence[ServiceClass], version: str) -> dict[str, Any]:
    """The document of every route that ``services`` have; ``version``: of the published contract."""
    settings, clock, root = Settings.model_construct(), SystemClock(), RootKey(_NO_KEY)
    url = f"postgresql://{_NOWHERE}/nothing"
    async with AsyncExitStack() as stack:
        privacy = await stack.enter_async_context(open_privacy(url, root, clock))
        environment = Environment(
            settings=settings,
            clock=clock,
            kafka=Kafka(bootstrap=_NOWHERE),
            privacy=privacy,
            database_urls={service.schema: url for service in services},
        )
        routers = [await stack.enter_async_context(make(environment).http()) for make in services]
        routers.append(key_routes(CommandKeys(KeyRing(root), clock)))
        gate = await stack.enter_async_context(open_gate(settings, root, privacy, clock))
        app = create_app(routers, gate, registry=CollectorRegistry(), version=version)
        return document(app)
