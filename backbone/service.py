"""What every service is to the composition, and what the composition hands to every service."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import asyncpg
from fastapi import APIRouter

from backbone.clock import Clock
from backbone.kafka import Kafka
from backbone.privacy.privacy import Privacy
from backbone.sessions import PromptPool
from backbone.settings import Settings
from backbone.telemetry.metrics import Metrics
from backbone.topics import Topic

if TYPE_CHECKING:
    from backbone.commanding.commanding import Commanding
    from backbone.projecting import Projection
    from backbone.telemetry.traces import Tracing

__all__ = ["Environment", "Service"]


@dataclass(frozen=True, slots=True)
class Environment:
    """What a service stands on in one process. Constructing a service with it opens nothing."""

    settings: Settings
    clock: Clock
    kafka: Kafka
    privacy: Privacy
    """Open for the life of the process."""
    database_urls: Mapping[str, str]
    """By PostgreSQL schema: each service's own URL."""
    metrics: Metrics = field(default_factory=Metrics)
    """The process's Prometheus figures, a service's own among them: never a patient's data in a label."""
    tracing: "Tracing | None" = None
    """None: nothing is traced."""
    commanding: "Commanding | None" = None
    """What commands from other systems need; None: this process takes none."""

    def database_url(self, schema: str) -> str:
        """The URL with which the owner of ``schema`` connects."""
        return self.database_urls[schema]

    async def connect(self, schema: str) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection whose search path is ``schema``; raises asyncpg's errors and ``OSError``."""
        return await asyncpg.connect(
            self.database_urls[schema],
            timeout=5,
            server_settings={"search_path": schema, "application_name": f"almanac-{schema}"},
        )

    def pool(self, schema: str, *, max_size: int = 4) -> PromptPool:
        """A pool of such connections for what callers wait for, to be opened with ``async with``."""
        settings = {"search_path": schema, "application_name": f"almanac-{schema}"}
        pool = PromptPool(self.database_urls[schema], max_size, settings)
        self.metrics.pools.add(schema.replace("_", "-"), "reading", pool)
        return pool


class Service(Protocol):
    """One independently runnable service; ``cli`` composes them, each knows only itself and the backbone.

    By convention ``services/<name>/service.py`` has a class that is constructed as ``XService(environment)``;
    the values are its class attributes, so that migrations and topics need no instance (``projections``
    may be an instance's, where they need collaborators).
    """

    name: str
    """As in topics and ``serve``: ``booking``, ``patient-flow``, ``projections``."""
    schema: str
    """Its PostgreSQL schema: ``booking``, ``patient_flow``, ``projections``."""
    migrations: Path
    """Folder of ``NNNN_name.sql``, applied in order; see ``backbone/store/migrating.py``."""
    topics: Sequence[Topic]
    projections: Sequence["Projection"]
    """What its workers keep up to date from Kafka; none: empty."""

    def http(self) -> AbstractAsyncContextManager[APIRouter]:
        """Opened: its routes, with what they need running. Closed: finishes what was accepted."""
        ...

    def workers(self) -> AbstractAsyncContextManager[None]:
        """Opened: relay, consumers and sweepers run until closed."""
        ...
