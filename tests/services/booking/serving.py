"""Booking on real servers, driven over HTTP."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from prometheus_client import CollectorRegistry

import backbone.privacy
from backbone.clock import ManualClock, SystemClock
from backbone.commanding.commanding import Commanding
from backbone.kafka import Kafka
from backbone.privacy.erasures import ErasureList
from backbone.privacy.keyfile import RootKey
from backbone.privacy.privacy import open_privacy
from backbone.service import Environment
from backbone.settings import Settings
from backbone.store.migrating import migrate
from backbone.web.app import create_app
from backbone.web.caller import Role
from backbone.web.calling import Gate
from backbone.web.devtokens import dev_issuer, issue_dev_token
from backbone.web.rates import Rates
from backbone.web.tokens import TokenVerifier
from services.booking.service import BookingService
from tests.support.documented import DocumentedTransport
from tests.support.on_kafka import create_topics

__all__ = ["MONDAY", "NOW", "Front", "open_front", "open_front_on", "unknown"]

NOW = datetime(2030, 3, 4, 13, 0, tzinfo=UTC)
MONDAY = date(2030, 3, 11)
ROOT = RootKey(bytes(range(32)))
VAULT = Path(backbone.privacy.__file__).parent / "migrations"


@dataclass
class Front:
    """The front door, and a clinic behind it."""

    http: httpx.AsyncClient
    environment: Environment
    clock: ManualClock
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    position: str = ""

    def token(self, *roles: Role, **limits: Any) -> dict[str, str]:
        """Headers of a caller."""
        token = issue_dev_token(self.folder, roles or ("scheduler",), SystemClock(), **limits)
        return {"Authorization": f"Bearer {token}"}

    async def post(
        self, path: str, body: Any = None, status: int | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Posts, and gives the answer's body; ``status``: what it must be."""
        return await self.send("POST", path, body, status, headers)

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        status: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The same with any method."""
        answer = await self.http.request(
            method, path, json={} if body is None else body, headers=self.token() | (headers or {})
        )
        told: dict[str, Any] = answer.json()
        assert status in (None, answer.status_code), (answer.status_code, told)
        self.position = told.get("position", self.position)
        return told | {"_status": answer.status_code, "_etag": answer.headers.get("etag")}

    async def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> dict[str, Any]:
        """Reads."""
        answer = await self.http.get(path, params=query, headers=self.token() | (headers or {}))
        told: dict[str, Any] = answer.json()
        return told | {"_status": answer.status_code, "_etag": answer.headers.get("etag")}

    async def facility(self, name: str, time_zone: str = "America/New_York") -> str:
        body = {"name": name, "time_zone": time_zone, "phone": "+1 212 555 0100", "message_name": name}
        self.ids[name] = (await self.post("/v1/facilities", body, 201))["facility_id"]
        return self.ids[name]

    async def visit_type(self, code: str, minutes: int = 30, **more: Any) -> None:
        body = {"code": code, "name": code, "minutes": minutes, "needs": [{"kind": "provider"}], **more}
        await self.post("/v1/visit-types", body, 201)

    async def resource(
        self, name: str, facility: str, kind: str = "provider", hours: bool = True, **more: Any
    ) -> str:
        body = {"facility_id": self.ids[facility], "kind": kind, "name": name, **more}
        self.ids[name] = (await self.post("/v1/resources", body, 201))["resource_id"]
        if hours:
            week = [{"day": day, "from": "09:00", "to": "17:00"} for day in ("MO", "TU", "WE", "TH", "FR")]
            template = {"effective_from": "2030-01-01", "weekly": week}
            await self.send("PUT", f"/v1/resources/{self.ids[name]}/template", template, 200)
        return self.ids[name]

    async def patient(self, family: str, given: str = "Ann", born: str = "1970-01-31", **more: Any) -> str:
        body = {"family_name": family, "given_names": given, "birth_date": born, **more}
        self.ids[family] = (await self.post("/v1/patients", body, 201))["patient_id"]
        return self.ids[family]

    def wanted(self, patient: str | None, clock_time: str, *names: str, **more: Any) -> dict[str, Any]:
        """A booking's body: on MONDAY at New York's wall clock."""
        body: dict[str, Any] = {
            "visit_type": "check-up",
            "starts_at": f"{MONDAY}T{clock_time}:00-04:00",
            "resource_ids": [self.ids[name] for name in names or ("Adams",)],
        }
        return body | ({"patient_id": self.ids[patient]} if patient else {}) | more

    async def book(self, patient: str, clock_time: str, *names: str, **more: Any) -> dict[str, Any]:
        """Books, and it must succeed."""
        return await self.post("/v1/appointments", self.wanted(patient, clock_time, *names, **more), 201)


@asynccontextmanager
async def open_front(
    database: str, bootstrap: str, prefix: str, folder: Path, commanding: Commanding | None = None
) -> AsyncIterator[Front]:
    """Everything migrated and started, and stopped again."""
    kafka = Kafka(bootstrap, prefix)
    await create_topics(kafka, BookingService.topics)
    async with open_front_on(database, kafka, folder, commanding) as front:
        yield front


@asynccontextmanager
async def open_front_on(
    database: str, kafka: Kafka, folder: Path, commanding: Commanding | None = None
) -> AsyncIterator[Front]:
    """The same where its topics are there already."""
    await migrate(database, "vault", VAULT)
    await migrate(database, BookingService.schema, BookingService.migrations)
    clock = ManualClock(NOW)
    async with AsyncExitStack() as stack:
        privacy = await stack.enter_async_context(
            open_privacy(database, ROOT, clock, erasures=ErasureList(folder / "erasures"))
        )
        urls = dict.fromkeys(("vault", "booking"), database)
        environment = Environment(Settings(), clock, kafka, privacy, urls, commanding=commanding)
        service = BookingService(environment)
        routes = await stack.enter_async_context(service.http())
        await stack.enter_async_context(service.workers())
        verifier = TokenVerifier([dev_issuer(folder)], b"p" * 32, SystemClock())
        gate = Gate(verifier, privacy, b"f" * 32, Rates.of(Settings()))
        app = create_app([routes], gate, registry=CollectorRegistry())
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=DocumentedTransport(app), base_url="http://almanac", timeout=30)
        )
        yield Front(client, environment, clock, folder)


def unknown() -> str:
    """An id that nothing has."""
    return str(uuid4())
