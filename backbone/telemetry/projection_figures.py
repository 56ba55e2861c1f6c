"""What projections count: their batches, how far they are behind, what they set aside."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from backbone.telemetry.buckets import DELAYS, SECONDS, SIZES
from backbone.telemetry.letter_figures import LetterMetrics

__all__ = ["ProjectionFigures", "ProjectionMetrics"]

REBUILD_SECONDS: Final = 3600.0
"""A record this old is history being read anew, not a view that is late."""


class ProjectionMetrics:
    """Of all projections in a process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        names = ("service", "projection")
        self.batch = Histogram(
            "almanac_projection_batch_records",
            "Records applied in one transaction.",
            names,
            buckets=SIZES,
            registry=registry,
        )
        self.apply = Histogram(
            "almanac_projection_apply_seconds",
            "One batch: fold, write and commit.",
            names,
            buckets=SECONDS,
            registry=registry,
        )
        self.delay = Histogram(
            "almanac_projection_delay_seconds",
            "From a record's publication to its commit in the projection; of each batch, the oldest.",
            names,
            buckets=DELAYS,
            registry=registry,
        )
        self.failures = Counter(
            "almanac_projection_failures", "Batches that must be tried again.", names, registry=registry
        )
        self.lag = Gauge(
            "almanac_projection_lag_records",
            "Kafka offsets between what is applied and the end, in the partitions that this process has.",
            (*names, "topic"),
            registry=registry,
        )
        self.partitions = Gauge(
            "almanac_projection_partitions",
            "Partitions that this process applies.",
            names,
            registry=registry,
        )


class ProjectionFigures:
    """What the projections of one service tell, once a batch."""

    def __init__(self, projection: ProjectionMetrics, letters: LetterMetrics, service: str) -> None:
        self._service = service
        self._letters = letters
        self._lag = projection.lag
        self._of = cache(
            lambda name: tuple(
                figure.labels(service, name)
                for figure in (projection.batch, projection.apply, projection.delay)
            )
        )
        self._failures = projection.failures
        self._partitions = projection.partitions

    def applied(self, projection: str, records: int, seconds: float, delay: float) -> None:
        """A batch is committed; ``delay``: since its oldest record's publication."""
        batch, apply, delays = self._of(projection)
        batch.observe(records)
        apply.observe(seconds)
        if delay < REBUILD_SECONDS:
            delays.observe(max(delay, 0.0))

    def failed(self, projection: str) -> None:
        """A batch is to be tried again."""
        self._failures.labels(self._service, projection).inc()

    def parked(self, projection: str, topic: str, cause: str) -> None:
        """A record was set aside; ``cause``: ``poison`` or ``behind``."""
        self._letters.counted.labels(self._service, projection, topic, cause).inc()

    def stands(
        self, projection: str, partitions: int, lag: Mapping[str, int], parked: Mapping[str, int]
    ) -> None:
        """How things are now; ``lag`` and ``parked`` by topic."""
        self._partitions.labels(self._service, projection).set(partitions)
        for topic, records in lag.items():
            self._lag.labels(self._service, projection, topic).set(records)
        for topic, records in parked.items():
            self._letters.parked.labels(self._service, projection, topic).set(records)
