"""Another system beside the load: sends commands over Kafka to the house."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backbone.clock import SystemClock
from backbone.commanding.commanding import Commanding
from backbone.commanding.keys import CommandKeys
from backbone.commanding.systems import SCHEMA
from backbone.privacy.keyring import KeyRing
from cli.catalogue import command_owners
from cli.configuration import key_file
from tests.chaos.house import House
from tests.support.other_system import OtherSystem, open_system, registered

__all__ = ["neighbour"]


@asynccontextmanager
async def neighbour(house: House, name: str) -> AsyncIterator[OtherSystem]:
    """Registered, with its topics."""
    url = house.database_urls[SCHEMA]
    keys = CommandKeys(KeyRing.load(key_file(house.settings, house.data)), SystemClock())
    await registered(url, name)
    async with open_system(house.kafka, name, Commanding(url, keys, command_owners())) as system:
        yield system
