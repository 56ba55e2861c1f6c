"""What the projection engine works with: one value per service, made where the service is wired."""

from collections.abc import Callable
from dataclasses import dataclass

from backbone.alarm import Alarm, log_alarm
from backbone.kafka import Kafka
from backbone.projecting.tables import Pool

__all__ = ["Engine"]


@dataclass(frozen=True, slots=True)
class Engine:
    """Where projections read and write."""

    pool: Pool
    """Its connections' search path is the service's schema, whose tables include the engine's own."""
    kafka: Kafka
    group: str
    """The service's name; consumer groups are ``<prefix>almanac.<group>.<projection>.g<generation>``."""
    instance: str | None = None
    """Unique per process and the same after its restart: a killed member then returns without a rebalance.
    None: members come and go, and a killed one is waited for during the session timeout."""
    alarm: Alarm = log_alarm
    seal: Callable[[bytes], bytes] | None = None
    """Encrypts a value for the dead-letter topic; without it no value is published there."""
    max_parked_keys: int = 100
    """Per consumer; above it the fault is hardly the events', and the consumer stops."""
    batch_records: int = 2_000
    session_timeout_ms: int = 10_000
