"""What the projection engine works with: one value per service, made where the service is wired."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from backbone.alarm import Alarm, log_alarm
from backbone.kafka import Kafka
from backbone.privacy.letters import LetterSeal
from backbone.projecting.tables import Pool
from backbone.service import Environment
from backbone.sessions import keep_session
from backbone.telemetry.projection_figures import ProjectionFigures

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = ["Engine", "projection_pool"]


@dataclass(frozen=True, slots=True)
class Engine:
    """Where projections read and write."""

    pool: Pool
    """From `projection_pool`: its search path is the service's schema, with the engine's own tables."""
    kafka: Kafka
    group: str
    """The service's name. Consumer groups are ``<prefix>almanac.<group>.<topic without almanac>``."""
    letters: LetterSeal
    """Seals the values of what is set aside."""
    instance: str | None = None
    """Unique per process and the same after its restart: a killed member then returns without a rebalance.
    None: members come and go, and a killed one is waited for during the session timeout."""
    alarm: Alarm = log_alarm
    max_parked_keys: int = 100
    """Per consumer; above it the fault is hardly the events', and the consumer stops."""
    batch_records: int = 2_000
    """At most, of a batch: so long the event loop has no time for others. Who rebuilds alone in its process
    takes more (`replaying.alone`)."""
    rest_seconds: float = 0.0
    """After a small batch, how long a consumer lets more come: a transaction for each event costs a hundred
    times one's share in a larger one. Whoever is first after a quiet time does not wait."""
    session_timeout_ms: int = 10_000
    figures: ProjectionFigures | None = None
    tracing: "Tracing | None" = None

    @classmethod
    def of(cls, environment: Environment, service: str, pool: Pool, rest_seconds: float = 0.0) -> "Engine":
        """A service's engine, on what all services stand on."""
        environment.metrics.pools.add(service, "projecting", pool)
        return cls(
            pool,
            environment.kafka,
            service,
            environment.privacy.letters,
            environment.settings.instance,
            rest_seconds=rest_seconds,
            figures=environment.metrics.projections(service),
            tracing=environment.tracing,
        )


async def projection_pool(database_url: str, schema: str, size: int = 8) -> Pool:
    """A pool for an engine; it connects when it is first used, and again when a connection is lost."""
    return await asyncpg.create_pool(
        database_url,
        min_size=0,
        max_size=size,
        reset=keep_session,
        timeout=3,
        command_timeout=30,
        server_settings={
            "application_name": "almanac-projections",
            "search_path": f'"{schema}"',
            # A frozen process must not keep its checkpoints from their next owner.
            "idle_in_transaction_session_timeout": "5s",
            "jit": "off",
            # Rows and checkpoints are lost together, and then written again from Kafka: nobody need wait for
            # the disk. A new epoch does (Worker.adopt).
            "synchronous_commit": "off",
        },
    )
