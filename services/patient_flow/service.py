"""How patient flow starts: routes on its own store, a relay to Kafka, and what it learns from booking."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from fastapi import APIRouter

from backbone.commanding.handlers import Form
from backbone.commanding.running import running as commands_running
from backbone.projecting import Projection
from backbone.projecting.engine import Engine, projection_pool
from backbone.projecting.reading import ProjectionReader
from backbone.projecting.running import running as projections_running
from backbone.relay.measuring import measured as relay_measured
from backbone.relay.relay import Relay
from backbone.relay.relay import running as relay_running
from backbone.service import Environment
from backbone.store.mapper import EventMapper
from backbone.store.store import Limits, Store
from backbone.topics import Topic
from services.patient_flow.clinic import Clinic
from services.patient_flow.commanding import FORMS, commands
from services.patient_flow.events import EVENTS
from services.patient_flow.handling import Delays
from services.patient_flow.http import Desk, router
from services.patient_flow.kafka import PROJECTIONS, TOPICS
from services.patient_flow.store import DelayStore

__all__ = ["PatientFlowService"]

WORKERS_LIMITS = Limits(reading_connections=2)
"""Few: the workers read only for the relay and for commands from other systems."""


class PatientFlowService:
    """Delays."""

    name: ClassVar[str] = "patient-flow"
    schema: ClassVar[str] = "patient_flow"
    migrations: ClassVar[Path] = Path(__file__).parent / "migrations"
    topics: ClassVar[Sequence[Topic]] = TOPICS
    commands: ClassVar[Mapping[str, Form]] = FORMS
    projections: ClassVar[Sequence[Projection]] = PROJECTIONS

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    @asynccontextmanager
    async def http(self) -> AsyncIterator[APIRouter]:
        """Routes and the batcher behind them."""
        environment = self._environment
        async with environment.pool(self.schema) as pool, self._store() as store:
            delays, clinic = DelayStore(store), ProjectionReader(pool, Clinic)
            privacy, clock = environment.privacy, environment.clock
            yield router(Desk(Delays(delays, clinic, privacy, clock), delays, clinic, privacy, clock))

    @asynccontextmanager
    async def workers(self) -> AsyncIterator[None]:
        """The relay, the projection of booking's setup, and commands from other systems."""
        environment = self._environment
        url = environment.database_url(self.schema)
        async with await projection_pool(url, self.schema) as pool, self._store(WORKERS_LIMITS) as store:
            relay = Relay.of(environment, self.name, self.schema, self.topics, store)
            clinic = ProjectionReader(pool, Clinic)
            delays = Delays(DelayStore(store), clinic, environment.privacy, environment.clock)
            async with (
                relay_running(relay),
                relay_measured(relay, store),
                projections_running(Engine.of(environment, self.name, pool), self.projections),
                commands_running(commands(delays, store), environment),
            ):
                yield

    def _store(self, limits: Limits | None = None) -> Store:
        environment = self._environment
        url = environment.database_url(self.schema)
        return Store(
            url,
            self.schema,
            EventMapper(EVENTS),
            environment.clock,
            limits=limits,
            figures=environment.metrics.store(self.name),
            tracing=environment.tracing,
        )
