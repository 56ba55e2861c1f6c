"""A projection that runs on its servers, and the wait until it shows what has happened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backbone.projecting.reading import TooOld
from backbone.projecting.running import running
from tests.backbone.projecting.conftest import Hospital
from tests.backbone.projecting.stays import Stays
from tests.support.waiting import eventually


@asynccontextmanager
async def working(hospital: Hospital) -> AsyncIterator[None]:
    async with running(hospital.engine, [Stays()]):
        yield


async def shows_it(hospital: Hospital) -> None:
    async def right() -> bool:
        try:
            return await hospital.right()
        except TooOld:
            return False

    await eventually(right, within=20)
