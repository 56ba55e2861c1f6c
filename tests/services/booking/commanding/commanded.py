"""Booking with a small clinic that takes commands, and the lab that sends them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backbone.commanding.commanding import Commanding
from backbone.telemetry.metrics import Metrics
from services.booking.service import BookingService
from tests.services.booking.serving import ROOT, Front, open_front
from tests.support.other_system import OtherSystem, open_system, prepare_commanding, registered

__all__ = ["Commanded", "open_commanded"]


@dataclass
class Commanded:
    """What a test sees."""

    front: Front
    lab: OtherSystem
    commanding: Commanding
    database: str

    @asynccontextmanager
    async def consumer(self) -> AsyncIterator[None]:
        """One more process's workers, which take commands."""
        environment = replace(self.front.environment, commanding=self.commanding, metrics=Metrics())
        async with BookingService(environment).workers():
            yield

    def wanted(self, clock_time: str, *names: str, **more: Any) -> dict[str, Any]:
        """A booking's body for Ann Alba."""
        return self.front.wanted("Alba", clock_time, *names, **more)

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """The metadata of every committed event of a type."""
        connection = await self.front.environment.connect("booking")
        try:
            rows = await connection.fetch(
                "SELECT originator_id, state, meta::text FROM stored_events WHERE topic = $1 ORDER BY 1, 2",
                f"almanac.booking.{kind}.v1",
            )
        finally:
            await connection.close()
        return [dict(row) for row in rows]


@asynccontextmanager
async def open_commanded(
    database: str, bootstrap: str, prefix: str, folder: Path, system: str = "lab"
) -> AsyncIterator[Commanded]:
    """The lab is registered, without limit to facilities; nobody consumes its commands yet."""
    commanding = await prepare_commanding(database, ROOT)
    await registered(database, system, "system")
    async with (
        open_front(database, bootstrap, prefix, folder) as front,
        open_system(front.environment.kafka, system, commanding) as lab,
    ):
        await front.facility("Main")
        await front.facility("Branch", "Europe/Berlin")
        await front.visit_type("check-up")
        await front.visit_type("class", seats=8)
        await front.resource("Adams", "Main")
        await front.resource("Baker", "Main")
        await front.resource("Weber", "Branch")
        await front.patient("Alba", "Ann Maria", identifiers=[{"system": "mrn", "value": "4711"}])
        await front.patient("Boyle", "Bob", "1981-11-05")
        yield Commanded(front, lab, commanding, database)
