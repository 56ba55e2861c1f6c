"""Services made without any server, to be asked what they are: routes, topics, projections."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from backbone.clock import SystemClock
from backbone.kafka import Kafka
from backbone.privacy.keyfile import RootKey
from backbone.privacy.privacy import open_privacy
from backbone.service import Environment
from backbone.settings import Settings
from cli.catalogue import ServiceClass

__all__ = ["NO_KEY", "offline"]

NO_KEY = bytes(32)
_NOWHERE = "127.0.0.1:1"


@asynccontextmanager
async def offline(services: Sequence[ServiceClass]) -> AsyncIterator[Environment]:
    """What services stand on where nobody calls them: so this runs anywhere."""
    url = f"postgresql://{_NOWHERE}/nothing"
    clock = SystemClock()
    async with open_privacy(url, RootKey(NO_KEY), clock) as privacy:
        yield Environment(
            settings=Settings.model_construct(),
            clock=clock,
            kafka=Kafka(bootstrap=_NOWHERE),
            privacy=privacy,
            database_urls={service.schema: url for service in services},
        )
