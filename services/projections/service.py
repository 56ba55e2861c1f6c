"""How the projections start: routes that read, and workers that follow Kafka. They own no topic."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from fastapi import APIRouter

from backbone.projecting import Projection
from backbone.projecting.engine import Engine, projection_pool
from backbone.projecting.running import running
from backbone.service import Environment
from backbone.topics import Topic
from services.projections.http import Desk, router
from services.projections.kafka import PROJECTIONS

__all__ = ["ProjectionsService"]


class ProjectionsService:
    """Calendars, agenda, patients' appointments."""

    name: ClassVar[str] = "projections"
    schema: ClassVar[str] = "projections"
    migrations: ClassVar[Path] = Path(__file__).parent / "migrations"
    topics: ClassVar[Sequence[Topic]] = ()
    projections: ClassVar[Sequence[Projection]] = PROJECTIONS

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    @asynccontextmanager
    async def http(self) -> AsyncIterator[APIRouter]:
        """Routes; they answer while a database can be reached, whether or not the workers run."""
        environment = self._environment
        async with environment.pool(self.schema, max_size=8) as pool:
            yield router(Desk(pool, environment.privacy, environment.clock))

    @asynccontextmanager
    async def workers(self) -> AsyncIterator[None]:
        """Every projection follows its topics."""
        environment = self._environment
        url = environment.database_url(self.schema)
        async with (
            await projection_pool(url, self.schema, 2 * len(PROJECTIONS)) as pool,
            running(Engine.of(environment, self.name, pool), self.projections),
        ):
            yield
