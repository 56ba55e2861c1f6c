"""How booking starts: routes on its own store, a relay to Kafka, sweepers, and what it looks things up in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
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
from backbone.store.store import Store
from backbone.topics import Topic
from services.booking.appointments.holders import HoldLimits
from services.booking.availability.group_sessions import GroupSessions
from services.booking.commanding.forms import FORMS
from services.booking.commanding.handlers import CommandDesk, commands
from services.booking.commanding.naming_patients import PatientNames
from services.booking.events import EVENTS
from services.booking.events.upcasts import UPCASTS
from services.booking.figures import Figures
from services.booking.handling.appointments import Appointments
from services.booking.handling.bookings import Bookings
from services.booking.handling.erasing import Erasing, Restored
from services.booking.handling.patients import Patients
from services.booking.handling.searching import Searching
from services.booking.handling.setting_up import SettingUp
from services.booking.http import router
from services.booking.http.desk import Desk
from services.booking.kafka import TOPICS, projections
from services.booking.patients.index import PatientIndex
from services.booking.patients.search import Finder
from services.booking.store import BookingStore, expired
from services.booking.sweeping import sweeping
from services.booking.tasks.task_list import TaskList

__all__ = ["BookingService"]

REST_SECONDS = 0.03
"""Of its projections: they help to find patients, tasks and group sessions, and decide nothing."""


class BookingService:
    """Who comes when, to whom, where."""

    name: ClassVar[str] = "booking"
    schema: ClassVar[str] = "booking"
    migrations: ClassVar[Path] = Path(__file__).parent / "migrations"
    topics: ClassVar[Sequence[Topic]] = TOPICS
    commands: ClassVar[Mapping[str, Form]] = FORMS

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.projections: Sequence[Projection] = projections(environment.privacy)

    @cached_property
    def _figures(self) -> Figures:
        """Both halves count with the same, where one process has both."""
        return Figures(self._environment.metrics.registry)

    @asynccontextmanager
    async def http(self) -> AsyncIterator[APIRouter]:
        """Routes and the batcher behind them."""
        environment = self._environment
        async with environment.pool(self.schema) as pool, self._store() as events:
            store, privacy = BookingStore(events), environment.privacy
            finder = Finder(ProjectionReader(pool, PatientIndex), privacy)
            yield router(
                Desk(
                    store=store,
                    bookings=Bookings(
                        store, privacy, self._figures, HoldLimits.of(self._environment.settings)
                    ),
                    appointments=Appointments(store, privacy),
                    setting_up=SettingUp(store),
                    patients=Patients(store, privacy, finder),
                    erasing=Erasing(store, privacy, environment.settings.retention_years),
                    searching=Searching(store, ProjectionReader(pool, GroupSessions)),
                    tasks=ProjectionReader(pool, TaskList),
                    privacy=privacy,
                    clock=environment.clock,
                )
            )

    @asynccontextmanager
    async def workers(self) -> AsyncIterator[None]:
        """The relay, the sweepers, the projections, and commands from other systems."""
        environment = self._environment
        url = environment.database_url(self.schema)
        async with await projection_pool(url, self.schema) as pool, self._store() as store:
            relay = Relay.of(environment, self.name, self.schema, self.topics, store)
            desk = self._command_desk(store, ProjectionReader(pool, PatientIndex))
            async with (
                relay_running(relay),
                relay_measured(relay, store),
                sweeping(store, Restored(BookingStore(store), environment.privacy)),
                projections_running(Engine.of(environment, self.name, pool, REST_SECONDS), self.projections),
                commands_running(commands(desk), environment),
            ):
                yield

    def _command_desk(self, events: Store, index: ProjectionReader) -> CommandDesk:
        store, privacy = BookingStore(events), self._environment.privacy
        finder = Finder(index, privacy)
        return CommandDesk(
            store=store,
            bookings=Bookings(store, privacy, self._figures, HoldLimits.of(self._environment.settings)),
            appointments=Appointments(store, privacy),
            patients=Patients(store, privacy, finder),
            names=PatientNames(store, privacy, finder),
            privacy=privacy,
            clock=self._environment.clock,
        )

    def _store(self) -> Store:
        environment = self._environment
        url = environment.database_url(self.schema)
        return Store(
            url,
            self.schema,
            EventMapper(EVENTS, UPCASTS),
            environment.clock,
            expired,
            figures=environment.metrics.store(self.name),
            tracing=environment.tracing,
        )
