"""Patient flow and the projections, running on real servers; booking is a store that tests write into."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prometheus_client import CollectorRegistry

import backbone.privacy
from backbone.clock import ManualClock, SystemClock
from backbone.events import DomainEvent
from backbone.kafka import Kafka
from backbone.privacy.fields import BIRTH_DATE, FAMILY_NAME, GIVEN_NAMES
from backbone.privacy.keyfile import RootKey
from backbone.privacy.privacy import Privacy, open_privacy
from backbone.projecting.positions import decode_position, encode_position
from backbone.projecting.reading import wait_until
from backbone.relay.relay import Relay
from backbone.relay.relay import running as relay_running
from backbone.service import Environment
from backbone.settings import Settings
from backbone.store.decision import Accepted, Decision, Mark
from backbone.store.mapper import EventMapper
from backbone.store.migrating import migrate
from backbone.store.origin import Origin
from backbone.store.store import Store
from backbone.topics import Topic
from backbone.web.app import create_app
from backbone.web.caller import Role
from backbone.web.calling import Gate
from backbone.web.devtokens import dev_issuer, issue_dev_token
from backbone.web.rates import Rates
from backbone.web.tokens import TokenVerifier
from services.booking import events as booking
from services.booking.events.patients import PatientRegistered
from services.booking.events.setup import FacilityAdded, ResourceAdded, TemplateChanged
from services.booking.values import ResourceKind, WeeklyHours
from services.patient_flow.service import PatientFlowService
from services.projections.service import ProjectionsService
from tests.services.projections.telling import NINE, named
from tests.support.documented import DocumentedTransport
from tests.support.on_kafka import create_topics

__all__ = ["World", "open_world"]

BOOKING_TOPICS = [
    Topic(f"almanac.booking.{name}") for name in ("appointments", "setup", "patients", "tasks", "plans")
]
SERVICES = (PatientFlowService, ProjectionsService)
ROOT = RootKey(bytes(range(32)))
VAULT = Path(backbone.privacy.__file__).parent / "migrations"


@dataclass
class World:
    """What a test sees of it."""

    environment: Environment
    booking: Store
    http: httpx.AsyncClient
    clock: ManualClock
    folder: Path
    marks: list[Mark] = field(default_factory=list)
    """Where everything that happened in booking is found."""

    @property
    def privacy(self) -> Privacy:
        return self.environment.privacy

    def token(self, *roles: Role, **limits: Any) -> dict[str, str]:
        """Headers of a caller: ``token("patient", patient_ids=[...])``."""
        token = issue_dev_token(self.folder, roles or ("scheduler",), SystemClock(), **limits)
        return {"Authorization": f"Bearer {token}"}

    async def happened(self, *events: DomainEvent) -> str:
        """Commits events of booking; gives the position by which they are read."""
        origin = Origin("user", "u-1", "r-1")
        outcome = await self.booking.submit(Decision(origin, events))
        assert isinstance(outcome, Accepted), outcome
        self.marks += outcome.marks
        return encode_position(outcome.marks)

    async def settled(self) -> None:
        """Waits until everything that happened so far has reached everybody."""
        for service in SERVICES:
            async with self.environment.pool(service.schema) as pool:
                for projection in service.projections:
                    marks = decode_position(encode_position(self.marks))
                    await wait_until(pool, projection, marks, within=30)

    async def get(
        self, path: str, headers: dict[str, str] | None = None, query: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """As a scheduler, where no headers are given."""
        return await self.http.get(path, params=query, headers=headers or self.token())

    async def facility(self, name: str, time_zone: str = "America/New_York") -> str:
        """A facility opens."""
        key = named(name)
        return await self.happened(
            FacilityAdded(
                originator_id=key,
                originator_version=1,
                timestamp=NINE,
                facility_id=key,
                name=name,
                time_zone=time_zone,
                phone="+1 555 0100",
                message_name=name,
            )
        )

    async def resource(
        self, name: str, facility: str, kind: ResourceKind = "provider", weekly: Sequence[WeeklyHours] = ()
    ) -> str:
        """A resource, with weekly hours from 2026 on."""
        head = {"originator_id": named(name), "resource_id": named(name), "facility_id": named(facility)}
        added = ResourceAdded(**head, originator_version=1, timestamp=NINE, kind=kind, name=name)
        template = TemplateChanged.model_validate(
            {
                **head,
                "originator_version": 2,
                "timestamp": NINE,
                "effective_from": "2026-01-05",
                "weekly": tuple(weekly),
            }
        )
        return await self.happened(added, template)

    async def patient(self, name: str, family: str, given: str, born: str = "1969-07-20") -> str:
        """A patient registers; names are sealed as booking seals them."""
        key = named(name)
        sealer = await self.privacy.new_sealer(key)
        return await self.happened(
            PatientRegistered(
                originator_id=key,
                originator_version=1,
                timestamp=NINE,
                patient_id=key,
                family_name=sealer.seal(family, stream=key, version=1, path=FAMILY_NAME),
                given_names=sealer.seal(given, stream=key, version=1, path=GIVEN_NAMES),
                birth_date=sealer.seal(born, stream=key, version=1, path=BIRTH_DATE),
            )
        )

    async def accesses(self, patient_id: UUID) -> list[dict[str, Any]]:
        """What is on record about accesses to a patient."""
        connection = await self.environment.connect("vault")
        try:
            rows = await connection.fetch(
                "SELECT * FROM access WHERE $1 = ANY (patient_ids) ORDER BY position", patient_id
            )
        finally:
            await connection.close()
        return [dict(row) for row in rows]


@asynccontextmanager
async def open_world(database: str, bootstrap: str, prefix: str, folder: Path) -> AsyncIterator[World]:
    """Everything migrated, started, and stopped again."""
    store_only = folder / "migrations"
    store_only.mkdir()
    includes = "-- include backbone/store/schema.sql\n-- include backbone/relay/schema.sql\n"
    (store_only / "0001_booking.sql").write_text(includes)
    await migrate(database, "vault", VAULT)
    await migrate(database, "booking", store_only)
    for service in SERVICES:
        await migrate(database, service.schema, service.migrations)
    kafka = Kafka(bootstrap, prefix)
    await create_topics(kafka, [*BOOKING_TOPICS, *(t for service in SERVICES for t in service.topics)])
    clock = ManualClock(NINE)
    async with AsyncExitStack() as stack:
        privacy = await stack.enter_async_context(open_privacy(database, ROOT, clock))
        urls = dict.fromkeys(("vault", "booking", "patient_flow", "projections"), database)
        environment = Environment(Settings(), clock, kafka, privacy, urls)
        made = [service(environment) for service in SERVICES]
        routers = [await stack.enter_async_context(each.http()) for each in made]
        for each in made:
            await stack.enter_async_context(each.workers())
        store = await stack.enter_async_context(
            Store(database, "booking", EventMapper(booking.EVENTS), clock)
        )
        relay = Relay("booking", BOOKING_TOPICS, store, database, "booking", kafka, "https://almanac.test")
        await stack.enter_async_context(relay_running(relay))
        verifier = TokenVerifier([dev_issuer(folder)], b"p" * 32, SystemClock())
        gate = Gate(verifier, privacy, b"f" * 32, Rates.of(Settings()))
        app = create_app(routers, gate, registry=CollectorRegistry())
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=DocumentedTransport(app), base_url="http://almanac", timeout=20)
        )
        yield World(environment, store, client, clock, folder)
