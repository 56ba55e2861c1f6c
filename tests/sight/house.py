"""A whole Almanac as ``up`` runs it, with a collector of its traces, and a clinic to book at."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from backbone.clock import SystemClock
from backbone.settings import Settings
from backbone.web.devtokens import issue_dev_token
from cli.installation import Installation, Plan, running
from tests.sight.collector import Collector, collecting
from tests.support.waiting import eventually

__all__ = ["House", "open_house"]

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass
class House:
    """How it is reached, and what can be booked."""

    installation: Installation
    collector: Collector
    http: httpx.AsyncClient
    resource: str = ""
    facility: str = ""
    booked: int = 0

    async def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """As a scheduler; ``body``: JSON, or bytes as they are."""
        token = issue_dev_token(Path(self.installation.data), ["scheduler", "front-desk"], SystemClock())
        given = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | (headers or {})
        if isinstance(body, bytes):
            return await self.http.request(method, path, content=body, headers=given)
        return await self.http.request(method, path, json=body, headers=given)

    async def done(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """It must be accepted."""
        answer = await self.send(method, path, body, headers)
        assert answer.status_code < 300, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def visit(self, patient: str, **more: Any) -> dict[str, Any]:
        """A free time that nobody has asked for yet."""
        self.booked += 1
        day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
        starts = day + self.booked * timedelta(minutes=15)
        return {
            "visit_type": "check-up",
            "starts_at": starts.isoformat(),
            "resource_ids": [self.resource],
            "patient_id": patient,
        } | more

    async def seen_in_calendar(self, position: str) -> dict[str, Any]:
        """The calendar, once it shows what was written."""
        first = datetime.now(UTC).date()
        span = f"from={first}&to={first + timedelta(days=7)}&at_least={position}"
        return await self.done("GET", f"/v1/calendars/{self.resource}?{span}")


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Everything runs until the block ends. The environment must name the collector before."""
    async with AsyncExitStack() as stack:
        collector = stack.enter_context(collecting())
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        settings = Settings(dev=True, database_url=None, kafka_bootstrap=None, data_dir=None, key_file=None)
        plan = Plan(settings, folder, port=0, environment=environment)
        installation = await stack.enter_async_context(running(plan))
        http = httpx.AsyncClient(base_url=installation.url, timeout=20, trust_env=False)
        house = House(installation, collector, await stack.enter_async_context(http))
        await _furnish(house)
        yield house


async def _furnish(house: House) -> None:
    place = {"name": "Harbour", "time_zone": "UTC", "phone": "+1 212 555 0100", "message_name": "Harbour"}
    house.facility = (await house.done("POST", "/v1/facilities", place))["facility_id"]
    visit_type = {"code": "check-up", "name": "Check-up", "minutes": 15, "needs": [{"kind": "provider"}]}
    await house.done("POST", "/v1/visit-types", visit_type)
    provider = {"facility_id": house.facility, "kind": "provider", "name": "Dr. Lake"}
    house.resource = (await house.done("POST", "/v1/resources", provider))["resource_id"]
    week = [{"day": day, "from": "00:00", "to": "24:00"} for day in DAYS]
    hours = {"effective_from": "2026-01-01", "weekly": week}
    await house.done("PUT", f"/v1/resources/{house.resource}/template", hours)

    async def known() -> bool:
        today = datetime.now(UTC).date()
        page = f"/v1/calendars/{house.resource}?from={today}&to={today + timedelta(days=1)}"
        return (await house.send("GET", page)).status_code == 200

    # A booking's position says nothing of the setup, which comes by a topic of its own.
    await eventually(known, within=20)
