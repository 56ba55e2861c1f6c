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
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.web.app import create_app
from backbone.web.assembly import open_gate
from backbone.web.openapi import document
from cli.catalogue import ServiceClass
from cli.offline import NO_KEY, offline

__all__ = ["composed_openapi"]


async def composed_openapi(services: Sequence[ServiceClass], version: str) -> dict[str, Any]:
    """The document of every route that ``services`` have; ``version``: of the published contract."""
    clock, root = SystemClock(), RootKey(NO_KEY)
    async with AsyncExitStack() as stack:
        environment = await stack.enter_async_context(offline(services))
        routers = [await stack.enter_async_context(make(environment).http()) for make in services]
        routers.append(key_routes(CommandKeys(KeyRing(root), clock)))
        gate = await stack.enter_async_context(
            open_gate(environment.settings, root, environment.privacy, clock)
        )
        app = create_app(routers, gate, registry=CollectorRegistry(), version=version)
        return document(app)
